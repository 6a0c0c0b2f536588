//! The filter of a list (contract: identify): terms joined by `;` are ANDed, repeated filters are
//! ORed.

use wildmatch::WildMatch;

use super::PxObject;
use super::column::{Cell, Column, fold};
use super::row::PxRow;
use crate::schema::metadata::Object;

/// Terms of all filters of a call.
pub(super) const FILTER_TERMS_MAX: usize = 100;

/// How a term compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    NotLike,
}

/// The operators; one that begins another comes after it.
const OPERATORS: [(&str, Operator); 8] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("!~", Operator::NotLike),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("~", Operator::Like),
];

/// The operand of a term.
#[derive(Debug, Clone)]
enum Operand {
    Value(Cell),
    Pattern(WildMatch),
}

/// One term.
#[derive(Debug, Clone)]
struct Term<'m> {
    column: Column<'m>,
    operator: Operator,
    operand: Operand,
}

/// A checked filter.
#[derive(Debug, Clone, Default)]
pub struct Filter<'m> {
    /// A row matches if all terms of one of these match; without any, all rows match.
    alternatives: Vec<Vec<Term<'m>>>,
}

impl<'m> Filter<'m> {
    /// Parses the filters of a call.
    ///
    /// # Errors
    /// A message for the caller.
    pub(super) fn parse(
        filters: &[String],
        object: PxObject,
        custom: &'m Object,
    ) -> Result<Self, String> {
        let mut alternatives = Vec::new();
        for filter in filters {
            let terms = filter.split(';').map(str::trim).filter(|term| !term.is_empty());
            let terms = terms.map(|term| Term::parse(term, object, custom));
            let terms = terms.collect::<Result<Vec<_>, _>>()?;
            alternatives.extend((!terms.is_empty()).then_some(terms));
        }
        let count: usize = alternatives.iter().map(Vec::len).sum();
        if count > FILTER_TERMS_MAX {
            return Err(format!("filter takes at most {FILTER_TERMS_MAX} terms"));
        }
        Ok(Self { alternatives })
    }

    /// Whether every row matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }

    #[must_use]
    pub fn matches(&self, row: &PxRow<'_>) -> bool {
        let matches = |terms: &Vec<Term<'_>>| terms.iter().all(|term| term.matches(row));
        self.is_empty() || self.alternatives.iter().any(matches)
    }
}

impl<'m> Term<'m> {
    fn parse(text: &str, object: PxObject, custom: &'m Object) -> Result<Self, String> {
        let broken = || {
            format!(
                "filter has the broken term {text}: write a name, an operator and a value; \
                     ; joins terms, and ? stands for it in a value of ~"
            )
        };
        let at = text.find(['=', '!', '<', '>', '~']).ok_or_else(broken)?;
        let (name, rest) = text.split_at(at);
        let found = OPERATORS.iter().find_map(|(sign, operator)| {
            rest.strip_prefix(sign).map(|operand| (*operator, operand.trim()))
        });
        let (operator, operand) = found.ok_or_else(broken)?;
        let name = name.trim();
        let column = Column::resolve(name, object, custom);
        let column = column.ok_or_else(|| format!("filter has the unknown name {name}"))?;
        let operand = match operator {
            Operator::Like | Operator::NotLike => Operand::Pattern(WildMatch::new(&fold(operand))),
            _ => {
                let value = column.parse_operand(operand);
                Operand::Value(value.ok_or_else(|| {
                    format!("filter compares {name} with {operand}: it takes {}", column.kind())
                })?)
            }
        };
        Ok(Self { column, operator, operand })
    }

    fn matches(&self, row: &PxRow<'_>) -> bool {
        let cell = self.column.cell(row);
        match self.operator {
            Operator::NotEqual | Operator::NotLike => !self.is_met_by(cell),
            _ => self.is_met_by(cell),
        }
    }

    /// Whether the cell, or a text of a list, meets the operator without its negation.
    fn is_met_by(&self, cell: Cell) -> bool {
        match cell {
            Cell::List(texts) => {
                texts.into_iter().any(|text| self.is_met_by_one(&Cell::Text(text)))
            }
            Cell::Null => false,
            one => self.is_met_by_one(&one),
        }
    }

    fn is_met_by_one(&self, cell: &Cell) -> bool {
        let value = match &self.operand {
            Operand::Value(value) => value,
            Operand::Pattern(pattern) => {
                return match cell {
                    Cell::Text(text) => pattern.matches(text),
                    Cell::Number(number) => pattern.matches(number.as_str()),
                    Cell::Bool(flag) => pattern.matches(if *flag { "true" } else { "false" }),
                    Cell::Null | Cell::List(_) => false,
                };
            }
        };
        match self.operator {
            Operator::Equal | Operator::NotEqual => cell == value,
            Operator::Less => cell < value,
            Operator::LessOrEqual => cell <= value,
            Operator::Greater => cell > value,
            Operator::GreaterOrEqual => cell >= value,
            Operator::Like | Operator::NotLike => false,
        }
    }
}
