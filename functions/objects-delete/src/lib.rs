//! `DELETE` of one record of a data object (contract: objects#delete-of-a-record).

use axum::routing::delete;
use people_lambda::domain::ids::gsid::Gsid;
use people_lambda::domain::objects::{ObjectCode, ObjectFault};
use people_lambda::domain::people;
use people_lambda::domain::response::objects;
use people_lambda::{Answer, Caller, PathPair, Result, Routes};

/// The route.
pub fn routes() -> Routes {
    Routes::new().route("/v1/data/objects/{object}/{gsid}", delete(one))
}

async fn one(caller: Caller, PathPair(object, sent): PathPair) -> Result {
    let object = object.to_ascii_lowercase();
    let known = caller.store.metadata().await?.object(&object).is_some();
    // People are not deleted here.
    if !known || people::is_of(&object) {
        return Ok(Answer::unknown_object(&object));
    }
    let Some(gsid) = Gsid::parse(&sent) else { return Ok(fault(ObjectCode::Gsid, sent)) };
    Ok(match caller.store.delete_record(&object, &gsid).await? {
        true => Answer::Objects(objects::deleted(gsid.as_str())),
        false => fault(ObjectCode::NoMatch, sent),
    })
}

fn fault(code: ObjectCode, gsid: String) -> Answer {
    Answer::object_fault(ObjectFault::of_value(code, "Gsid", gsid))
}
