//! Conditions in a form that the store evaluates while it reads (ADR 46). A filter lets every
//! matching item through, and maybe others: rows are still evaluated afterwards.

mod builder;
mod fields;
mod stamps;
mod texts;

pub use builder::{ReferenceLookup, ResolvedReferences};

use crate::values::Value;

/// Operators of a filter; DynamoDB accepts 300 in an expression.
const OPERATORS_MAX: usize = 200;

/// Bytes of a filter's expression; DynamoDB accepts 4 KB.
const EXPRESSION_BYTES_MAX: usize = 3_072;

/// Bytes of a filter's names and values; DynamoDB accepts 2 MB.
const OPERAND_BYTES_MAX: usize = 1024 * 1024;

/// Operands of an `IN`, the most that DynamoDB accepts.
const IN_VALUES_MAX: usize = 100;

/// Bytes that a comparison takes in an expression besides its operands: the longest function.
const FUNCTION_BYTES: usize = 24;

/// Bytes of a placeholder and a comma.
const PLACEHOLDER_BYTES: usize = 6;

/// A condition on the attributes of an item, in DynamoDB's terms: a comparison with an absent
/// attribute or with NULL is false, but for [`Comparison::NotEqual`].
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    Exists(String),
    Absent(String),
    /// The attribute is NULL, which is a cleared field.
    Null(String),
    Compare(String, Comparison, Value),
    /// The attribute equals one of at most 100 values.
    In(String, Vec<Value>),
    /// A text contains this one, or a list has it as an element.
    Contains(String, String),
    StartsWith(String, String),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    /// Also true of an absent attribute, of NULL and of another type.
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The share of DynamoDB's limits that a filter takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct FilterCost {
    operators: usize,
    expression_bytes: usize,
    operand_bytes: usize,
}

impl Comparison {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Filter {
    /// One of these values, in lists that DynamoDB accepts.
    fn one_of(name: &str, values: Vec<Value>) -> Self {
        let list = |values: &[Value]| match values {
            [only] => Self::Compare(name.to_owned(), Comparison::Equal, only.clone()),
            values => Self::In(name.to_owned(), values.to_vec()),
        };
        Self::any(values.chunks(IN_VALUES_MAX).map(list).collect())
    }

    fn any(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { Self::Any(parts) }
    }

    fn all(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { Self::All(parts) }
    }

    /// The filter without the most expensive parts that every match must meet, so that what is left
    /// is within the limits; `None` when nothing is left.
    fn within_limits(self) -> Option<Self> {
        let mut parts = match self {
            Self::All(parts) => parts,
            other => vec![other],
        };
        parts.sort_by_key(Self::cost);
        while !total_cost(&parts).is_within_limits() {
            parts.pop();
        }
        (!parts.is_empty()).then(|| Self::all(parts))
    }

    fn cost(&self) -> FilterCost {
        let value_bytes = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::List(list) => list.iter().map(String::len).sum(),
            Value::Number(number) => number.as_str().len(),
            Value::Bool(_) => 1,
        };
        let leaf = |operands: usize, operand_bytes| FilterCost {
            operators: 1,
            expression_bytes: FUNCTION_BYTES + operands * PLACEHOLDER_BYTES,
            operand_bytes,
        };
        match self {
            Self::Exists(name) | Self::Absent(name) => leaf(1, name.len()),
            Self::Null(name) => leaf(2, name.len()),
            Self::Compare(name, _, value) => leaf(2, name.len() + value_bytes(value)),
            Self::In(name, values) => {
                leaf(1 + values.len(), name.len() + values.iter().map(value_bytes).sum::<usize>())
            }
            Self::Contains(name, text) | Self::StartsWith(name, text) => {
                leaf(2, name.len() + text.len())
            }
            Self::All(parts) | Self::Any(parts) => total_cost(parts),
        }
    }
}

/// The cost of parts that are joined by AND or OR.
fn total_cost(parts: &[Filter]) -> FilterCost {
    const JOIN_BYTES: usize = " AND ".len() + "()".len();
    let joined = |sum: FilterCost, part: &Filter| {
        let cost = part.cost();
        FilterCost {
            operators: sum.operators + cost.operators + 1,
            expression_bytes: sum.expression_bytes + cost.expression_bytes + JOIN_BYTES,
            operand_bytes: sum.operand_bytes + cost.operand_bytes,
        }
    };
    parts.iter().fold(FilterCost::default(), joined)
}

impl FilterCost {
    fn is_within_limits(self) -> bool {
        self.operators <= OPERATORS_MAX
            && self.expression_bytes <= EXPRESSION_BYTES_MAX
            && self.operand_bytes <= OPERAND_BYTES_MAX
    }
}
