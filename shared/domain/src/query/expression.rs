//! Parses the expression that joins conditions: aliases, AND, OR and parentheses (contract:
//! query#query-form, query#expression). AND binds tighter; keywords ignore case.

use crate::limit;

/// Conditions, by index, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One condition.
    Condition(usize),
    /// All of these; true if there are none.
    All(Vec<Expression>),
    /// Any of these.
    Any(Vec<Expression>),
}

impl Expression {
    /// All conditions joined by AND: the default without an expression.
    #[must_use]
    pub fn all_conditions(conditions: usize) -> Self {
        Self::All((0..conditions).map(Self::Condition).collect())
    }

    /// Parses an expression. `aliases` are those of the conditions, in order; they ignore case.
    ///
    /// # Errors
    /// A message for the caller.
    pub fn parse(text: &str, aliases: &[&str]) -> Result<Self, String> {
        if text.len() > limit::QUERY_EXPRESSION_BYTES_MAX {
            return Err(format!(
                "The expression takes at most {} characters",
                limit::QUERY_EXPRESSION_BYTES_MAX
            ));
        }
        let mut parser = ExpressionParser { rest: text, aliases };
        let expression = parser.parse_or(0)?;
        match parser.next_token() {
            None => Ok(expression),
            Some(token) => Err(format!("The expression has {token} where AND or OR is expected")),
        }
    }

    /// Evaluates the expression with the results of its conditions.
    pub fn evaluate(&self, condition: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Condition(at) => condition(*at),
            Self::All(parts) => parts.iter().all(|part| part.evaluate(condition)),
            Self::Any(parts) => parts.iter().any(|part| part.evaluate(condition)),
        }
    }

    /// The conditions that every match must meet.
    #[must_use]
    pub fn required_conditions(&self) -> Vec<usize> {
        match self {
            Self::Condition(at) => vec![*at],
            Self::All(parts) => parts.iter().flat_map(Self::required_conditions).collect(),
            Self::Any(_) => Vec::new(),
        }
    }
}

struct ExpressionParser<'a> {
    rest: &'a str,
    aliases: &'a [&'a str],
}

impl<'a> ExpressionParser<'a> {
    fn parse_or(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.parse_and(depth)?];
        while self.take_keyword("OR") {
            parts.push(self.parse_and(depth)?);
        }
        Ok(join_parts(parts, Expression::Any))
    }

    fn parse_and(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.parse_operand(depth)?];
        while self.take_keyword("AND") {
            parts.push(self.parse_operand(depth)?);
        }
        Ok(join_parts(parts, Expression::All))
    }

    fn parse_operand(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > limit::NESTING_LEVELS_MAX {
            return Err(format!(
                "The expression nests deeper than {} levels",
                limit::NESTING_LEVELS_MAX
            ));
        }
        match self.next_token() {
            Some("(") => {
                let inner = self.parse_or(depth + 1)?;
                match self.next_token() {
                    Some(")") => Ok(inner),
                    _ => Err("The expression lacks a closing parenthesis".to_owned()),
                }
            }
            None => Err("The expression ends where an alias is expected".to_owned()),
            Some(token) if token == ")" || is_keyword(token) => {
                Err(format!("The expression has {token} where an alias is expected"))
            }
            Some(alias) => self.find_condition(alias),
        }
    }

    fn find_condition(&self, alias: &str) -> Result<Expression, String> {
        let at = self.aliases.iter().position(|known| known.eq_ignore_ascii_case(alias));
        at.map(Expression::Condition)
            .ok_or_else(|| format!("The expression names {alias}, which no condition has as alias"))
    }

    /// Consumes a keyword, if it is next.
    fn take_keyword(&mut self, word: &str) -> bool {
        let before = self.rest;
        let found = self.next_token().is_some_and(|token| token.eq_ignore_ascii_case(word));
        if !found {
            self.rest = before;
        }
        found
    }

    /// Consumes the next parenthesis or word.
    fn next_token(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let first = text.chars().next()?;
        let end = match first {
            '(' | ')' => first.len_utf8(),
            _ => text.find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        Some(token)
    }
}

/// Whether an alias is a keyword of expressions.
pub(super) fn is_keyword(alias: &str) -> bool {
    ["AND", "OR"].iter().any(|word| word.eq_ignore_ascii_case(alias))
}

fn join_parts(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => join(parts.into_iter().chain(last).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALIASES: [&str; 4] = ["A", "b2", "x_1", "ORDER"];

    fn tree() -> impl Strategy<Value = Expression> {
        let leaf = (0..ALIASES.len()).prop_map(Expression::Condition);
        leaf.prop_recursive(5, 40, 4, |inner| {
            let parts = proptest::collection::vec(inner, 2..4);
            prop_oneof![parts.clone().prop_map(Expression::All), parts.prop_map(Expression::Any),]
        })
    }

    /// Prints a tree with the parentheses that are needed, or with all; `word` and `blank` vary the
    /// spelling.
    fn print(tree: &Expression, full: bool, word: fn(&str) -> String, blank: &str) -> String {
        let part = |part: &Expression, tighter: bool| {
            let text = print(part, full, word, blank);
            let loose = matches!(part, Expression::Any(_)) && tighter;
            if full || loose { format!("({blank}{text}{blank})") } else { text }
        };
        let join = |parts: &[Expression], by: &str, tighter| {
            let parts: Vec<_> = parts.iter().map(|one| part(one, tighter)).collect();
            parts.join(&format!(" {blank}{}{blank} ", word(by)))
        };
        match tree {
            Expression::Condition(at) => ALIASES[*at].to_owned(),
            Expression::All(parts) => join(parts, "AND", true),
            Expression::Any(parts) => join(parts, "OR", false),
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_to_the_same(tree in tree(), full: bool, lower: bool, blank in "[ \t\n]{0,2}") {
            let word = if lower { str::to_lowercase } else { str::to_owned };
            let text = print(&tree, full, word, &blank);
            let parsed = Expression::parse(&text, &ALIASES).unwrap();
            for truth in 0..1_u8 << ALIASES.len() {
                let is_true = |at: usize| truth >> at & 1 == 1;
                prop_assert_eq!(parsed.evaluate(&is_true), tree.evaluate(&is_true), "{}", text);
            }
        }

        #[test]
        fn any_text_is_an_expression_or_a_sentence(text in "([ABab2()]|AND|OR| ){0,40}") {
            if let Err(message) = Expression::parse(&text, &ALIASES) {
                prop_assert!(message.starts_with("The expression"));
            }
        }
    }

    #[test]
    fn what_is_no_expression_says_why() {
        let deep = format!("{}A{}", "(".repeat(40), ")".repeat(40));
        let long = "A OR ".repeat(1_000);
        for (text, part) in [
            ("A AND", "ends"),
            ("", "ends"),
            ("A AND (b2 OR x_1", "closing"),
            ("A)", "has )"),
            ("A b2", "has b2"),
            ("AND A", "has AND"),
            ("A OR or b2", "has or"),
            ("A AND C", "names C"),
            ("()", "has )"),
            (&deep, "32 levels"),
            (&long, "characters"),
        ] {
            let message = Expression::parse(text, &ALIASES).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn and_binds_tighter_and_aliases_ignore_case() {
        let parsed = Expression::parse("a or B2 AND X_1", &ALIASES).unwrap();
        let [a, b, c] = [0, 1, 2].map(Expression::Condition);
        assert_eq!(parsed, Expression::Any(vec![a, Expression::All(vec![b, c])]));
        assert_eq!(parsed.required_conditions(), Vec::<usize>::new());
        assert_eq!(
            Expression::parse("A and (b2 or x_1)", &ALIASES).unwrap().required_conditions(),
            [0]
        );
    }
}
