//! GSID and SFDCID (contract: fields#gsid-check, fields#gsid-and-sfdcid): only the form is checked
//! here, not whether the row exists.

use serde_json::Value as Json;

use crate::code::Code;

/// Characters of a GSID, and of a UUID's text.
pub(super) const GSID_CHARS: usize = 36;

/// Characters of the longer form of a Salesforce id.
pub(super) const SFDCID_CHARS: usize = 18;

/// Characters of the shorter, case-sensitive form of a Salesforce id.
const SHORT_SFDCID_CHARS: usize = 15;

/// The numbers of hexadecimal digits between a UUID's hyphens.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Reads a GSID, or a UUID's text, and keeps it as sent: ids compare exactly.
pub(super) fn parse_gsid(raw: &Json) -> Result<String, Code> {
    let is_gsid = |text: &&str| is_alphanumeric(text, GSID_CHARS) || is_uuid(text);
    raw.as_str().filter(is_gsid).map(str::to_owned).ok_or(Code::Gsid)
}

/// Reads a Salesforce id and keeps it as sent.
pub(super) fn parse_sfdcid(raw: &Json) -> Result<String, Code> {
    let is_sfdcid = |text: &&str| {
        is_alphanumeric(text, SHORT_SFDCID_CHARS) || is_alphanumeric(text, SFDCID_CHARS)
    };
    raw.as_str().filter(is_sfdcid).map(str::to_owned).ok_or(Code::Sfdcid)
}

fn is_alphanumeric(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq(UUID_GROUPS)
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::code::Code;
    use crate::values::FieldType::{Gsid, Sfdcid};
    use crate::values::cases::{keeps, refuses};

    #[test]
    fn gsids() {
        keeps(Gsid, "1P02L2TCR4E1LKRIXWW2TIPE2GSJMIDJ4TNN");
        keeps(Gsid, "1p02l2tcr4e1lkrixww2tipe2gsjmidj4tnn");
        keeps(Gsid, "936da01f-9abd-4D9D-80c7-02af85c822a8");
        for text in [
            "1P02L2TCR4E1LKRIXWW2TIPE2GSJMIDJ4TN".to_owned(),
            "1P02L2TCR4E1LKRIXWW2TIPE2GSJMIDJ4TNNN".to_owned(),
            "1P02L2TCR4E1LKRIXWW2TIPE2GSJMIDJ4TN_".to_owned(),
            " 1P02L2TCR4E1LKRIXWW2TIPE2GSJMIDJ4TN".to_owned(),
            "936da01f-9abd-4d9d-80c7-02af85c822ag".to_owned(),
            "936da01f9-abd-4d9d-80c7-02af85c822a8".to_owned(),
            "-".repeat(36),
            "é".repeat(18),
            "é".repeat(36),
        ] {
            refuses(Gsid, &json!(text), Code::Gsid);
        }
        refuses(Gsid, &json!(1), Code::Gsid);
        refuses(Gsid, &json!({}), Code::Gsid);
    }

    #[test]
    fn sfdcids() {
        keeps(Sfdcid, "001A000001Abcde");
        keeps(Sfdcid, "001A000001AbcdeIAB");
        for count in [14, 16, 17, 19] {
            refuses(Sfdcid, &json!("a".repeat(count)), Code::Sfdcid);
        }
        refuses(Sfdcid, &json!("001A000001Abcd-"), Code::Sfdcid);
        refuses(Sfdcid, &json!("é".repeat(9)), Code::Sfdcid);
        refuses(Sfdcid, &json!(100_000_000_000_000_i64), Code::Sfdcid);
    }
}
