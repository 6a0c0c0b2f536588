//! Expands CloudFormation's tags in YAML to their long forms in JSON: `!Ref X` becomes `{"Ref": "X"}`.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;
use serde_norway::value::TaggedValue;

pub(crate) fn expand_intrinsics(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::Tagged(tagged) => expand_tag(*tagged)?,
        Yaml::Sequence(items) => {
            Value::Array(items.into_iter().map(expand_intrinsics).collect::<Result<_>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = key
                    .as_str()
                    .with_context(|| format!("the key {key:?} is not a text"))?
                    .to_owned();
                object.insert(key, expand_intrinsics(value)?);
            }
            Value::Object(object)
        }
        scalar => serde_json::to_value(scalar)?,
    })
}

fn expand_tag(tagged: TaggedValue) -> Result<Value> {
    let tag = tagged.tag.to_string();
    let argument = expand_intrinsics(tagged.value)?;
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
        assert_eq!(expand_intrinsics(serde_norway::from_str(yaml).unwrap()).unwrap(), expected);
    }

    #[test]
    fn tags_take_their_long_form() {
        check("a: !Ref B", json!({ "a": { "Ref": "B" } }));
        check("a: !GetAtt B.Arn", json!({ "a": { "Fn::GetAtt": ["B", "Arn"] } }));
        check("[!Sub 'x-${B}', 1]", json!([{ "Fn::Sub": "x-${B}" }, 1]));
    }
}
