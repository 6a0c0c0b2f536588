//! The rendered rows and their order.

use serde_json::json;

use super::{BORN, ask, company, gsid, meets, metadata, tenant_ids};
use crate::ids::gsid::GsidKind;
use crate::objects::record::Record;
use crate::query::{RelatedRows, RowReference};

#[test]
fn rows_are_typed_and_spelled_as_asked() {
    let companies = [
        json!({ "Name": "A", "ARR": "1,234.50", "Employees": 7, "RenewalDate": "2024-03-18",
            "Flag__gc": "true", "CompanyType": "Prospect", "Colours__gc": ["red"] }),
        json!({ "Name": "B", "Partner__gc": gsid(0) }),
    ];
    let select = [
        "gsid",
        "NAME",
        "ARR",
        "Employees",
        "RenewalDate",
        "CreatedDate",
        "CreatedBy",
        "Flag__gc",
        "CompanyType",
        "Colours__gc",
        "Plan__gc",
        "Partner__gr.name",
        "partner__GR.ARR",
    ];
    let rows = ask(&companies, &json!({ "SELECT": select })).unwrap();
    let item = |category: &str, label: &str| tenant_ids().dropdown_item_gsid(category, label);
    assert_eq!(
        rows[0],
        json!({ "gsid": gsid(0), "NAME": "A", "ARR": 1234.5, "Employees": 7,
            "RenewalDate": 1_710_720_000_000_i64, "CreatedDate": BORN, "CreatedBy": null,
            "Flag__gc": true, "CompanyType": item("companytype", "Prospect"),
            "Colours__gc": [item("colours", "red")], "Plan__gc": "basic",
            "Partner__gr.name": null, "partner__GR.ARR": null })
    );
    assert_eq!(
        (&rows[1]["Partner__gr.name"], &rows[1]["partner__GR.ARR"]),
        (&json!("A"), &json!(1234.5))
    );
    let names: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(names, select);
}

#[test]
fn orders_put_nulls_last_and_ties_by_gsid() {
    let companies = [
        json!({ "Name": "b", "ARR": 10 }),
        json!({ "Name": "a", "Partner__gc": gsid(0) }),
        json!({ "Name": "b", "ARR": 9 }),
        json!({ "Name": "a", "ARR": 9, "Partner__gc": gsid(2) }),
    ];
    for (order, expected) in [
        (json!({}), [0, 1, 2, 3]),
        (json!({ "Name": "asc" }), [1, 3, 0, 2]),
        (json!({ "ARR": "ASC" }), [2, 3, 0, 1]),
        (json!({ "ARR": "desc" }), [1, 0, 2, 3]),
        (json!({ "Name": "desc", "ARR": "asc" }), [2, 0, 3, 1]),
        (json!({ "ARR": "asc", "Name": "asc" }), [3, 2, 0, 1]),
        (json!({ "Partner__gr.ARR": "asc" }), [3, 1, 0, 2]),
    ] {
        let all = ask(&companies, &json!({ "select": ["Gsid"], "orderBy": order })).unwrap();
        assert_eq!(all, expected.map(|n| json!({ "Gsid": gsid(n) })), "{order}");
        let paged: Vec<_> = (0..4)
            .flat_map(|offset| {
                let body =
                    json!({ "select": ["Gsid"], "orderBy": order, "limit": 1, "offset": offset });
                ask(&companies, &body).unwrap()
            })
            .collect();
        assert_eq!(paged, all, "{order}");
    }
}

#[test]
fn a_named_row_decides_like_the_row_itself() {
    let companies = [
        json!({ "Name": "a" }),
        json!({ "Name": "b", "Partner__gc": gsid(0) }),
        json!({ "Name": "c", "Partner__gc": gsid(7) }),
    ];
    assert_eq!(meets(&companies, "Partner__gr.Name", "EQ", &json!("a")), [1]);
    assert_eq!(meets(&companies, "Partner__gr.Name", "IS_NULL", &json!([])), [0, 2]);
}

/// contract: upsert#deleted-companies.
#[test]
fn a_named_relationship_is_there_as_long_as_its_company_is() {
    let owner = company(&metadata(), 1, &json!({ "Name": "abc" }));
    let gsid = tenant_ids().gsid_of_part(GsidKind::Relationship, &"0".repeat(18));
    let of = owner.gsid.as_str().to_owned();
    let attributes = [("ci".to_owned(), Some(crate::values::Value::Text(of)))].into();
    let object = "relationship".to_owned();
    let created = owner.created;
    let mut related = RelatedRows::default();
    related.add_record(
        Record { object: object.clone(), gsid: gsid.clone(), created, attributes }.into(),
    );
    let named = RowReference { object, gsid };
    assert!(related.view(&named).is_none());
    related.add_record(owner.into());
    assert!(related.view(&named).is_some());
}
