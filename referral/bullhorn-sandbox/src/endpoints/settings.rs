//! `/settings` and `/entitlements`.

use serde_json::{Map, Value as Json, json};

use crate::entities::Operation;
use crate::http::{ApiError, Call, Reply};
use crate::listing;

/// Answers with the settings named, or all of them; unknown names are left out.
pub(crate) fn settings(call: &Call<'_>) -> Reply {
    let all = all_settings(call);
    let names = call.route.part(0).or_else(|| call.params.get("settings"));
    let chosen: Map<String, Json> = match names {
        None => all,
        Some(names) => {
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            all.into_iter()
                .filter(|(name, _)| names.contains(&name.as_str()))
                .collect()
        }
    };
    Reply::json(&Json::Object(chosen))
}

fn all_settings(call: &Call<'_>) -> Map<String, Json> {
    let corp = call.route.corp.as_deref().unwrap_or_default();
    let settings = json!({
        "corporationId": 1,
        "corporationName": "Sandbox Staffing",
        "corpToken": corp,
        "userId": 1,
        "username": call.shared.options.credentials.username,
        "allPrivateLabelIds": [1],
        "privateLabelId": 1,
        "currencyFormat": "USD",
        "defaultCurrency": "USD",
        "dateFormat": "MM/dd/yyyy",
        "timeZone": "America/New_York",
        "jobStatusClosedList": ["Filled", "Archive", "Cancelled"],
        "commentActionList": ["Call", "Email", "Meeting", "Other"],
        "searchDefaultCount": call.knobs.page_default,
    });
    match settings {
        Json::Object(settings) => settings,
        _ => Map::new(),
    }
}

/// Answers with what the user may do with an entity.
pub(crate) fn entitlements(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    let writes = [Operation::Create, Operation::Update, Operation::Delete]
        .into_iter()
        .filter(|operation| entity.allows(*operation))
        .map(Operation::as_str);
    let rights: Vec<&str> = ["VIEW"].into_iter().chain(writes).collect();
    Ok(Reply::json(&json!(rights)))
}
