//! The announcement of a server that answers.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::error::CommandError;

/// The paths of the two calls that it shows.
const PERSON_PATH: &str = "/v1/peoplemgmt/v1.0/people";

/// The person in the vendor's article.
const PERSON: &str = r#"{"FirstName":"John","LastName":"Smith","Email":"jsmith@abc.com"}"#;

#[derive(Debug)]
pub(crate) struct Announcement<'a> {
    pub(crate) base_url: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) data: Option<&'a Path>,
    /// The file of variables for other commands.
    pub(crate) environment: Option<&'a Path>,
}

impl Announcement<'_> {
    /// Prints it to stdout: one line with `json`, and otherwise a text.
    pub(crate) fn print(&self, json: bool) -> Result<(), CommandError> {
        let text = if json { self.to_json() } else { self.to_text() };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(|error| CommandError::from_output_error(&error, None))
    }

    fn to_json(&self) -> String {
        json!({ "baseUrl": self.base_url, "accessKey": self.access_key, "pid": std::process::id() })
            .to_string()
    }

    fn to_text(&self) -> String {
        let Self { base_url, access_key, .. } = self;
        let kept = match self.data {
            Some(data) => format!("kept in {}", data.display()),
            None => "nothing kept (--data DIR keeps)".to_owned(),
        };
        // Cargo names itself to the programs that it runs, as `cargo serve` in a clone.
        let people = if std::env::var_os("CARGO").is_some() { "cargo people" } else { "people" };
        let operate = self.environment.map(|path| {
            format!("  operate it  . {}    then `{people} --help` in that shell\n", path.display())
        });
        format!(
            "People API {version}, one process, {kept}.
  base URL    {base_url}
  access key  {access_key}
{operate}
curl -sS -X PUT '{base_url}{PERSON_PATH}' -H 'Accesskey: {access_key}' -H 'Content-Type: application/json' -d '{PERSON}'

curl -sS '{base_url}{PERSON_PATH}?Email=jsmith@abc.com' -H 'Accesskey: {access_key}'

Not for production: README, \"Deploy it\". Ctrl-C ends it.",
            version = env!("CARGO_PKG_VERSION"),
            operate = operate.unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement() -> Announcement<'static> {
        Announcement {
            base_url: "http://127.0.0.1:9000",
            access_key: "ppl_x",
            data: None,
            environment: None,
        }
    }

    #[test]
    fn the_json_is_one_line_of_three_members() {
        let text = announcement().to_json();
        let expected = format!(
            r#"{{"baseUrl":"http://127.0.0.1:9000","accessKey":"ppl_x","pid":{}}}"#,
            std::process::id()
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn the_text_says_whether_anything_is_kept() {
        assert!(announcement().to_text().contains("one process, nothing kept (--data DIR keeps)."));
        let kept = Announcement { data: Some(Path::new("d")), ..announcement() };
        assert!(kept.to_text().contains("one process, kept in d."));
    }
}
