//! From YAML with CloudFormation's tags to JSON with its long forms: `!Ref X` becomes `{"Ref": "X"}`.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;
use serde_norway::value::TaggedValue;

pub(crate) fn long(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::Tagged(tagged) => intrinsic(*tagged)?,
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(long).collect::<Result<_>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key =
                    key.as_str().with_context(|| format!("not a text as key: {key:?}"))?.to_owned();
                object.insert(key, long(value)?);
            }
            Value::Object(object)
        }
        scalar => serde_json::to_value(scalar)?,
    })
}

fn intrinsic(tagged: TaggedValue) -> Result<Value> {
    let tag = tagged.tag.to_string();
    let argument = long(tagged.value)?;
    Ok(match (tag.trim_start_matches('!'), &argument) {
        ("Ref", name) => json!({ "Ref": name }),
        ("GetAtt", Value::String(path)) => {
            json!({ "Fn::GetAtt": path.split('.').collect::<Vec<_>>() })
        }
        (function, argument) => json!({ format!("Fn::{function}"): argument }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(yaml: &str, expected: Value) {
        assert_eq!(long(serde_norway::from_str(yaml).unwrap()).unwrap(), expected);
    }

    #[test]
    fn tags_take_their_long_form() {
        check("a: !Ref B", json!({ "a": { "Ref": "B" } }));
        check("a: !GetAtt B.Arn", json!({ "a": { "Fn::GetAtt": ["B", "Arn"] } }));
        check("[!Sub 'x-${B}', 1]", json!([{ "Fn::Sub": "x-${B}" }, 1]));
    }
}
