//! The body of a query: its shape is checked here, its names and values where the metadata is known.

use serde_json::{Map, Value as Json};

use super::expression::{Expression, is_word};
use super::operator::Operator;
use crate::limit;
use crate::lookup::{get, members};

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Small ones first.
    Up,
    /// Large ones first.
    Down,
}

/// A query as asked, of a right shape.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) select: Vec<String>,
    pub(super) conditions: Vec<Asked>,
    pub(super) expression: Expression,
    pub(super) order: Vec<(String, Direction)>,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

/// A condition as asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<Json>,
}

type Parsed<T> = Result<T, String>;

impl Request {
    /// Reads a body. Names of its members ignore case, and null is as if not sent.
    ///
    /// # Errors
    /// A sentence for the caller.
    pub fn parse(body: &Json) -> Parsed<Self> {
        let body = body.as_object().ok_or("The body takes {\"select\":[…]}")?;
        let (conditions, expression) = filter(sent(body, "where"))?;
        Ok(Self {
            select: select(sent(body, "select"))?,
            conditions,
            expression,
            order: order(sent(body, "orderBy"))?,
            limit: number(body, "limit", 1, limit::QUERY_ROWS, limit::QUERY_ROWS)?,
            offset: number(body, "offset", 0, limit::QUERY_OFFSET, 0)?,
        })
    }
}

/// A member that is not null.
fn sent<'a>(map: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    get(map, name).filter(|value| !value.is_null())
}

fn select(raw: Option<&Json>) -> Parsed<Vec<String>> {
    let names = raw.and_then(Json::as_array).and_then(|list| {
        list.iter().map(|name| Some(name.as_str()?.to_owned())).collect::<Option<Vec<_>>>()
    });
    match names {
        Some(names) if (1..=limit::QUERY_COLUMNS).contains(&names.len()) => Ok(names),
        _ => Err(format!("select takes a list of 1 to {} field names", limit::QUERY_COLUMNS)),
    }
}

fn filter(raw: Option<&Json>) -> Parsed<(Vec<Asked>, Expression)> {
    let Some(raw) = raw else { return Ok((Vec::new(), Expression::all(0))) };
    let wrong = || {
        format!(
            "where takes {{\"conditions\":[…],\"expression\":\"A AND B\"}}, with at most {} conditions",
            limit::QUERY_CONDITIONS
        )
    };
    let filter = raw.as_object().ok_or_else(wrong)?;
    let none = Vec::new();
    let list = match sent(filter, "conditions") {
        None => &none,
        Some(list) => list.as_array().ok_or_else(wrong)?,
    };
    if list.len() > limit::QUERY_CONDITIONS {
        return Err(wrong());
    }
    let conditions = list.iter().map(condition).collect::<Parsed<Vec<_>>>()?;
    let expression = match sent(filter, "expression") {
        None => "",
        Some(text) => text.as_str().ok_or_else(wrong)?.trim(),
    };
    match expression {
        "" => Ok((conditions, Expression::all(list.len()))),
        text => Ok((conditions, Expression::parse(text, &aliases(list)?)?)),
    }
}

/// The aliases of all conditions, which an expression needs.
fn aliases(list: &[Json]) -> Parsed<Vec<&str>> {
    let mut aliases: Vec<&str> = Vec::with_capacity(list.len());
    for raw in list {
        let alias = raw.as_object().and_then(|raw| sent(raw, "alias")).and_then(Json::as_str);
        let alias = alias.map(str::trim).unwrap_or_default();
        if is_word(alias) || aliases.iter().any(|known| known.eq_ignore_ascii_case(alias)) {
            return Err(format!(
                "With an expression each condition needs an alias of its own, not {alias}"
            ));
        }
        aliases.push(alias);
    }
    Ok(aliases)
}

fn condition(raw: &Json) -> Parsed<Asked> {
    let wrong = || "A condition takes {\"name\",\"alias\",\"value\":[…],\"operator\"}".to_owned();
    let raw = raw.as_object().ok_or_else(wrong)?;
    let text = |name| sent(raw, name).and_then(Json::as_str);
    let name = text("name").ok_or_else(wrong)?.to_owned();
    let operator = text("operator")
        .and_then(Operator::parse)
        .ok_or_else(|| format!("The operator of {name} is none of {}", Operator::words()))?;
    let values = match get(raw, "value") {
        None => Vec::new(),
        Some(Json::Array(list)) => list.clone(),
        Some(single) => vec![single.clone()],
    };
    let (least, most) = operator.values();
    if !(least..=most).contains(&values.len()) {
        let count = if least == most { most.to_string() } else { format!("{least} to {most}") };
        let (word, sent) = (operator.as_str(), values.len());
        return Err(format!("{word} of {name} takes {count} values, not {sent}"));
    }
    Ok(Asked { name, operator, values })
}

fn order(raw: Option<&Json>) -> Parsed<Vec<(String, Direction)>> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    let wrong = || {
        let most = limit::QUERY_ORDER;
        format!("orderBy takes {{\"Field\":\"asc\" or \"desc\"}}, with at most {most} fields")
    };
    let fields = raw.as_object().filter(|fields| fields.len() <= limit::QUERY_ORDER);
    let direction = |raw: &Json| match raw.as_str()?.trim() {
        word if word.eq_ignore_ascii_case("asc") => Some(Direction::Up),
        word if word.eq_ignore_ascii_case("desc") => Some(Direction::Down),
        _ => None,
    };
    let pair = |(name, raw): (&String, &Json)| Some((name.clone(), direction(raw)?));
    fields.and_then(|fields| members(fields).into_iter().map(pair).collect()).ok_or_else(wrong)
}

/// A whole number, also as text.
fn number(
    body: &Map<String, Json>,
    name: &str,
    least: usize,
    most: usize,
    absent: usize,
) -> Parsed<usize> {
    let Some(raw) = sent(body, name) else { return Ok(absent) };
    let number = raw.as_u64().or_else(|| raw.as_str()?.trim().parse().ok());
    let number = number.and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{name} takes a whole number from {least} to {most}"))
}
