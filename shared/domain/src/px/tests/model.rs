//! Filters and orders against a plain model.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

/// A user by the values that the model compares.
#[derive(Debug, Clone)]
struct PlainUser {
    title: String,
    score: i64,
    price: Option<i64>,
}

#[derive(Debug, Clone)]
struct PlainTerm {
    name: &'static str,
    operator: &'static str,
    operand: String,
}

fn any_user() -> impl Strategy<Value = PlainUser> {
    let price = proptest::option::of(-2..3_i64);
    ("[aAbB]{0,2}", -12..12_i64, price).prop_map(|(title, score, price)| PlainUser {
        title,
        score,
        price,
    })
}

fn any_term() -> impl Strategy<Value = PlainTerm> {
    const OPERATORS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
    let number = (-12..12_i64).prop_map(|number| number.to_string());
    prop_oneof![
        ("[aAbB]{0,2}", proptest::sample::select(OPERATORS))
            .prop_map(|(operand, operator)| { PlainTerm { name: "title", operator, operand } }),
        (number, proptest::sample::select(OPERATORS), any::<bool>()).prop_map(
            |(operand, operator, is_score)| {
                let name = if is_score { "score" } else { "customAttributes.price" };
                PlainTerm { name, operator, operand }
            }
        ),
    ]
}

fn holds(operator: &str, order: Ordering) -> bool {
    match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn is_match(user: &PlainUser, term: &PlainTerm) -> bool {
    let number = || term.operand.parse::<i64>().unwrap();
    match (term.name, user.price) {
        ("title", _) => {
            let order = user.title.to_lowercase().cmp(&term.operand.to_lowercase());
            holds(term.operator, order)
        }
        ("score", _) => holds(term.operator, user.score.cmp(&number())),
        (_, Some(price)) => holds(term.operator, price.cmp(&number())),
        (_, None) => term.operator == "!=",
    }
}

fn to_person(number: u32, user: &PlainUser, metadata: &Metadata) -> IdentifiedPerson {
    let body = new_user(json!({ "title": user.title, "score": user.score,
        "customAttributes": { "price": user.price } }));
    let write = parse_new_user(&body, metadata).unwrap();
    person(number, &format!("u-{number}"), &write.assignments)
}

fn list_request(parameters: &[(&str, String)]) -> ListRequest {
    let parameters = parameters.iter().map(|(name, value)| (*name, value.as_str()));
    ListRequest::parse(PxObject::User, parameters, &tenant_ids(1)).unwrap()
}

proptest! {
    #[test]
    fn a_filter_is_an_or_of_ands(
        user in any_user(),
        filters in proptest::collection::vec(proptest::collection::vec(any_term(), 1..4), 1..4),
    ) {
        let print = |term: &PlainTerm| format!("{}{}{}", term.name, term.operator, term.operand);
        let parameters: Vec<_> = filters
            .iter()
            .map(|terms| ("filter", terms.iter().map(print).collect::<Vec<_>>().join(";")))
            .collect();
        let (metadata, request) = (metadata(), list_request(&parameters));
        let query = ListQuery::from_request(&request, &metadata).unwrap();
        let person = to_person(1, &user, &metadata);
        let row = PxRow::of_user(&person, &metadata).unwrap();
        let want = filters.iter().any(|terms| terms.iter().all(|term| is_match(&user, term)));
        prop_assert_eq!(query.filter.matches(&row), want);
    }

    #[test]
    fn an_order_is_total_and_survives_a_scroll_id(
        users in proptest::collection::vec(any_user(), 0..12),
        by_title in any::<bool>(),
        directions in (any::<bool>(), any::<bool>()),
    ) {
        let sign = |down: bool| if down { "-" } else { "+" };
        let names = if by_title { ["title", "price"] } else { ["price", "title"] };
        let sort = format!("{}{};{}{}", sign(directions.0), names[0], sign(directions.1), names[1]);
        let (metadata, request) = (metadata(), list_request(&[("sort", sort)]));
        let query = ListQuery::from_request(&request, &metadata).unwrap();
        let people: Vec<_> =
            (0..).zip(&users).map(|(number, user)| to_person(number, user, &metadata)).collect();
        let mut ranked: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(at, person)| (query.sort.rank(query.position(&PxRow::of_user(person, &metadata).unwrap())), at))
            .collect();
        ranked.sort();
        let compare = |name: &str, a: &PlainUser, b: &PlainUser| match name {
            "title" => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
            _ => a.price.cmp(&b.price),
        };
        let directed = |order: Ordering, down: bool| if down { order.reverse() } else { order };
        let mut plain: Vec<_> = (0..users.len()).collect();
        plain.sort_by(|a, b| {
            let (one, two) = (&users[*a], &users[*b]);
            directed(compare(names[0], one, two), directions.0)
                .then(directed(compare(names[1], one, two), directions.1))
        });
        let ranks: Vec<_> = ranked.iter().map(|(_, at)| *at).collect();
        prop_assert_eq!(ranks, plain);
        for person in &people {
            let position = query.position(&PxRow::of_user(person, &metadata).unwrap());
            let page = ListPage { rows: Vec::new(), last: Some(position.clone()), total: 0 };
            let answer = page.to_json(&request, &tenant_ids(1));
            let next = list_request(&[("scrollId", answer["scrollId"].as_str().unwrap().to_owned())]);
            prop_assert_eq!(next.progress.map(|progress| progress.after), Some(position));
        }
    }
}
