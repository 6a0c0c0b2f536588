//! Parses the body of a query. Its shape is checked here; names and values are checked later, with
//! the metadata.

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};

use super::expression::{Expression, is_keyword};
use super::operator::Operator;
use crate::limit;
use crate::lookup::{get_member, list_members};

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    Ascending,
    Descending,
}

/// A well-formed query as requested.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    pub(super) select: Vec<String>,
    pub(super) conditions: Vec<ConditionRequest>,
    pub(super) expression: Expression,
    pub(super) order: Vec<(String, SortDirection)>,
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The body without limit and offset: what pages of one query have in common.
    pub identity: String,
}

/// A well-formed condition as requested.
#[derive(Debug, Clone)]
pub(super) struct ConditionRequest {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<Json>,
}

type ParseResult<T> = Result<T, String>;

impl QueryRequest {
    /// Parses a body. Names of members ignore case, and null counts as not sent.
    ///
    /// # Errors
    /// A message for the caller.
    pub fn parse(body: &Json) -> ParseResult<Self> {
        let body = body.as_object().ok_or("The body takes {\"select\":[…]}")?;
        let (conditions, expression) = parse_filter(get_non_null(body, "where"))?;
        Ok(Self {
            select: parse_select(get_non_null(body, "select"))?,
            conditions,
            expression,
            order: parse_order(get_non_null(body, "orderBy"))?,
            limit: parse_number(body, "limit", 1..=limit::QUERY_ROWS_MAX)?
                .unwrap_or(limit::QUERY_ROWS_MAX),
            offset: parse_number(body, "offset", 0..=usize::MAX)?.unwrap_or(0),
            identity: identify_query(body),
        })
    }
}

fn identify_query(body: &Map<String, Json>) -> String {
    let is_of_page =
        |name: &String| ["limit", "offset"].iter().any(|own| name.eq_ignore_ascii_case(own));
    let own = body.iter().filter(|(name, _)| !is_of_page(name));
    Json::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string()
}

/// A member, if it is not null.
fn get_non_null<'a>(map: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    get_member(map, name).filter(|value| !value.is_null())
}

fn parse_select(raw: Option<&Json>) -> ParseResult<Vec<String>> {
    let names = raw.and_then(Json::as_array).and_then(|list| {
        list.iter().map(|name| Some(name.as_str()?.to_owned())).collect::<Option<Vec<_>>>()
    });
    match names {
        Some(names) if (1..=limit::QUERY_COLUMNS_MAX).contains(&names.len()) => Ok(names),
        _ => Err(format!("select takes a list of 1 to {} field names", limit::QUERY_COLUMNS_MAX)),
    }
}

fn parse_filter(raw: Option<&Json>) -> ParseResult<(Vec<ConditionRequest>, Expression)> {
    let Some(raw) = raw else { return Ok((Vec::new(), Expression::all_conditions(0))) };
    let shape_error = || {
        format!(
            "where takes {{\"conditions\":[…],\"expression\":\"A AND B\"}}, with at most {} conditions",
            limit::QUERY_CONDITIONS_MAX
        )
    };
    let filter = raw.as_object().ok_or_else(shape_error)?;
    let none = Vec::new();
    let list = match get_non_null(filter, "conditions") {
        None => &none,
        Some(list) => list.as_array().ok_or_else(shape_error)?,
    };
    if list.len() > limit::QUERY_CONDITIONS_MAX {
        return Err(shape_error());
    }
    let conditions = list.iter().map(parse_condition).collect::<ParseResult<Vec<_>>>()?;
    let expression = match get_non_null(filter, "expression") {
        None => "",
        Some(text) => text.as_str().ok_or_else(shape_error)?.trim(),
    };
    match expression {
        "" => Ok((conditions, Expression::all_conditions(list.len()))),
        text => Ok((conditions, Expression::parse(text, &parse_aliases(list)?)?)),
    }
}

/// The aliases of all conditions, which an expression requires.
fn parse_aliases(list: &[Json]) -> ParseResult<Vec<&str>> {
    let mut aliases: Vec<&str> = Vec::with_capacity(list.len());
    for raw in list {
        let alias =
            raw.as_object().and_then(|raw| get_non_null(raw, "alias")).and_then(Json::as_str);
        let alias = alias.map(str::trim).unwrap_or_default();
        if is_keyword(alias) || aliases.iter().any(|known| known.eq_ignore_ascii_case(alias)) {
            return Err(format!(
                "With an expression each condition needs an alias of its own, not {alias}"
            ));
        }
        aliases.push(alias);
    }
    Ok(aliases)
}

fn parse_condition(raw: &Json) -> ParseResult<ConditionRequest> {
    let shape_error =
        || "A condition takes {\"name\",\"alias\",\"value\":[…],\"operator\"}".to_owned();
    let raw = raw.as_object().ok_or_else(shape_error)?;
    let text = |name| get_non_null(raw, name).and_then(Json::as_str);
    let name = text("name").ok_or_else(shape_error)?.to_owned();
    let operator = text("operator")
        .and_then(Operator::parse)
        .ok_or_else(|| format!("The operator of {name} is none of {}", Operator::list_names()))?;
    let values = match get_member(raw, "value") {
        None => Vec::new(),
        Some(Json::Array(list)) => list.clone(),
        Some(single) => vec![single.clone()],
    };
    let (min, max) = operator.value_counts();
    if !(min..=max).contains(&values.len()) {
        let count = if min == max { max.to_string() } else { format!("{min} to {max}") };
        let (word, sent) = (operator.as_str(), values.len());
        return Err(format!("{word} of {name} takes {count} values, not {sent}"));
    }
    Ok(ConditionRequest { name, operator, values })
}

fn parse_order(raw: Option<&Json>) -> ParseResult<Vec<(String, SortDirection)>> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    let shape_error = || {
        let max = limit::QUERY_ORDER_FIELDS_MAX;
        format!("orderBy takes {{\"Field\":\"asc\" or \"desc\"}}, with at most {max} fields")
    };
    let fields = raw.as_object().filter(|fields| fields.len() <= limit::QUERY_ORDER_FIELDS_MAX);
    let direction = |raw: &Json| match raw.as_str()?.trim() {
        word if word.eq_ignore_ascii_case("asc") => Some(SortDirection::Ascending),
        word if word.eq_ignore_ascii_case("desc") => Some(SortDirection::Descending),
        _ => None,
    };
    let pair = |(name, raw): (&String, &Json)| Some((name.clone(), direction(raw)?));
    fields
        .and_then(|fields| list_members(fields).into_iter().map(pair).collect())
        .ok_or_else(shape_error)
}

/// Parses an integer, also as text.
fn parse_number(
    body: &Map<String, Json>,
    name: &str,
    range: RangeInclusive<usize>,
) -> ParseResult<Option<usize>> {
    let Some(raw) = get_non_null(body, name) else { return Ok(None) };
    let number = raw.as_u64().or_else(|| raw.as_str()?.trim().parse().ok());
    let number = number.and_then(|number| usize::try_from(number).ok());
    let number = number.filter(|number| range.contains(number)).ok_or_else(|| {
        let (min, max) = (range.start(), range.end());
        format!("{name} takes a whole number from {min} to {max}")
    });
    number.map(Some)
}
