//! Formats a count with its unit for a sentence.

/// Formats a number with its unit, which is given in the singular: `1 row`, `2 rows`.
#[must_use]
pub fn format_count(number: u64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_is_singular() {
        let rows = [0, 1, 2, 11].map(|number| format_count(number, "row"));
        assert_eq!(rows, ["0 rows", "1 row", "2 rows", "11 rows"]);
    }
}
