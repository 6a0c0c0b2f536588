//! Renders filters as expressions of DynamoDB.

use std::collections::HashMap;

use people_domain::query::Filter;

use crate::table::expression::Placeholders;

/// Renders a filter. A part of several is in parentheses.
pub(crate) fn render_filter(filter: &Filter, placeholders: &mut Placeholders) -> String {
    FilterRenderer { placeholders, names: HashMap::new() }.render(filter)
}

struct FilterRenderer<'p> {
    placeholders: &'p mut Placeholders,
    /// The placeholders of names, each once: a placeholder takes space in the expression.
    names: HashMap<String, String>,
}

impl FilterRenderer<'_> {
    fn render(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::Exists(name) => format!("attribute_exists({})", self.name(name)),
            Filter::Absent(name) => format!("attribute_not_exists({})", self.name(name)),
            Filter::Null(name) => {
                let name = self.name(name);
                format!("attribute_type({name},{})", self.placeholders.add_text("NULL"))
            }
            Filter::Compare(name, comparison, value) => {
                let name = self.name(name);
                let value = self.placeholders.add_value(Some(value));
                format!("{name}{}{value}", comparison.as_str())
            }
            Filter::In(name, values) => {
                let name = self.name(name);
                let values = values.iter().map(|value| self.placeholders.add_value(Some(value)));
                format!("{name} IN ({})", values.collect::<Vec<_>>().join(","))
            }
            Filter::Contains(name, text) => self.call("contains", name, text),
            Filter::StartsWith(name, text) => self.call("begins_with", name, text),
            Filter::All(parts) => self.join(parts, " AND "),
            Filter::Any(parts) => self.join(parts, " OR "),
        }
    }

    fn call(&mut self, function: &str, name: &str, text: &str) -> String {
        let name = self.name(name);
        format!("{function}({name},{})", self.placeholders.add_text(text))
    }

    fn join(&mut self, parts: &[Filter], word: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.render(part)).collect();
        format!("({})", parts.join(word))
    }

    fn name(&mut self, name: &str) -> String {
        let placeholders = &mut *self.placeholders;
        let known = self.names.entry(name.to_owned());
        known.or_insert_with(|| placeholders.add_name(name)).clone()
    }
}
