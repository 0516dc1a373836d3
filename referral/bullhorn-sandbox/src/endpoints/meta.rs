//! `/meta`: which entities and fields there are, and what the tenant calls them.

use serde_json::{Map, Value as Json, json};

use crate::entities::{ADDRESS_PARTS, Entity, Field, Kind};
use crate::fields::{Inside, Selected, resolve};
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::render;

/// How much of a field is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Basic,
    Full,
}

/// Answers `/meta` and `/meta/{Entity}`.
pub(crate) fn meta(call: &Call<'_>) -> Result<Reply, ApiError> {
    if call.route.part(0).is_none() {
        let entities = Entity::ALL
            .iter()
            .map(|entity| json!({ "entity": entity.name(), "metaUrl": meta_url(call, *entity) }));
        return Ok(Reply::json(&entities.collect()));
    }
    let entity = listing::entity_named(call, call.route.part(0))?;
    let detail = detail(call).unwrap_or(Detail::Basic);
    let wanted = match call.params.get("fields") {
        None | Some("*") => None,
        // The metadata may be read as a whole even where the values may not.
        Some(text) => Some(resolve(entity, text, true)?),
    };
    Ok(Reply::json(&entity_meta(call, entity, wanted.as_ref(), detail)))
}

/// Adds `"meta": {...}` to a reply that was asked for it.
pub(crate) fn append(call: &Call<'_>, entity: Entity, fields: Option<&Selected>, out: &mut Vec<u8>) {
    if let Some(detail) = detail(call) {
        out.extend_from_slice(b",\"meta\":");
        out.extend_from_slice(entity_meta(call, entity, fields, detail).to_string().as_bytes());
    }
}

fn detail(call: &Call<'_>) -> Option<Detail> {
    match call.params.get("meta")? {
        "basic" => Some(Detail::Basic),
        "full" => Some(Detail::Full),
        _ => None,
    }
}

fn meta_url(call: &Call<'_>, entity: Entity) -> String {
    let corp = call.route.corp.as_deref().unwrap_or_default();
    format!("{}/rest-services/{corp}/meta/{entity}?fields=*", call.self_url)
}

fn entity_meta(call: &Call<'_>, entity: Entity, wanted: Option<&Selected>, detail: Detail) -> Json {
    let context = Context { call, detail };
    let fields: Vec<Json> = match wanted {
        None => entity
            .schema()
            .fields
            .iter()
            .map(|field| context.field(entity, field, None))
            .collect(),
        Some(selected) => {
            let id = entity
                .schema()
                .field("id")
                .map(|id| context.field(entity, id, None));
            let named = selected.fields.iter().map(|one| {
                let inner = match &one.inside {
                    Inside::Records { fields, .. } => Some(fields),
                    Inside::Default | Inside::Parts(_) => None,
                };
                context.field(entity, one.field, inner)
            });
            id.into_iter().chain(named).collect()
        }
    };
    json!({
        "entity": entity.name(),
        "entityMetaUrl": meta_url(call, entity),
        "label": label_of(entity),
        "dateLastModified": "1704067200000",
        "fields": fields,
    })
}

/// The tenant says "Job" where Bullhorn says `JobOrder`.
fn label_of(entity: Entity) -> &'static str {
    match entity {
        Entity::JobOrder => "Job",
        Entity::ClientContact => "Contact",
        Entity::ClientCorporation => "Company",
        other => other.name(),
    }
}

struct Context<'c, 's> {
    call: &'c Call<'s>,
    detail: Detail,
}

impl Context<'_, '_> {
    fn field(&self, entity: Entity, field: &Field, inner: Option<&Selected>) -> Json {
        let mut json = Map::new();
        let mut set = |key: &str, value: Json| json.insert(key.to_owned(), value);
        let (kind, data_type, specialization) = types_of(field.kind);
        set("name", json!(field.name));
        set("type", json!(kind));
        if let Some(data_type) = data_type {
            set("dataType", json!(data_type));
        }
        if let Some(specialization) = specialization {
            set("dataSpecialization", json!(specialization));
        }
        set("label", json!(field.label));
        if let Kind::ToOne(target) | Kind::ToMany(target) = field.kind {
            set("associatedEntity", self.associated(target, inner));
        }
        if field.kind == Kind::Address {
            let parts = ADDRESS_PARTS
                .iter()
                .map(|part| json!({ "name": part.name, "type": "SCALAR" }));
            set("fields", parts.collect());
        }
        if self.detail == Detail::Full {
            let hidden = render::is_hidden(&self.call.knobs.confidential_fields, entity, field);
            set("confidential", json!(field.is_confidential() || hidden));
            set("optional", json!(field.kind != Kind::Id));
            set("required", json!(field.kind == Kind::Id));
            set("readOnly", json!(field.read_only));
            set(
                "multiValue",
                json!(matches!(field.kind, Kind::Texts | Kind::ToMany(_))),
            );
            set("hideFromSearch", json!(false));
            set("sortOrder", json!(u32::from(field.index) * 10));
            if let Kind::Text(max) = field.kind {
                set("maxLength", json!(max));
            }
            if let Kind::ToOne(target) | Kind::ToMany(target) = field.kind {
                set("optionsType", json!(target.name()));
                set("optionsUrl", json!(self.options_url(target)));
            }
        }
        Json::Object(json)
    }

    fn associated(&self, target: Entity, inner: Option<&Selected>) -> Json {
        let context = Context {
            call: self.call,
            detail: Detail::Basic,
        };
        let fields: Vec<Json> = match inner {
            Some(selected) => selected
                .fields
                .iter()
                .map(|one| context.field(target, one.field, None))
                .collect(),
            None => Vec::new(),
        };
        json!({
            "entity": target.name(),
            "entityMetaUrl": meta_url(self.call, target),
            "label": label_of(target),
            "fields": fields,
        })
    }

    fn options_url(&self, target: Entity) -> String {
        let corp = self.call.route.corp.as_deref().unwrap_or_default();
        format!("{}/rest-services/{corp}/options/{target}", self.call.self_url)
    }
}

/// `type`, `dataType` and `dataSpecialization` of a field.
fn types_of(kind: Kind) -> (&'static str, Option<&'static str>, Option<&'static str>) {
    match kind {
        Kind::Id => ("ID", Some("Integer"), None),
        Kind::Text(_) | Kind::Texts => ("SCALAR", Some("String"), None),
        Kind::Html => ("SCALAR", Some("String"), Some("HTML")),
        Kind::Integer => ("SCALAR", Some("Integer"), Some("INTEGER")),
        Kind::Double => ("SCALAR", Some("Double"), Some("FLOAT")),
        Kind::Money => ("SCALAR", Some("BigDecimal"), Some("MONEY")),
        Kind::Boolean => ("SCALAR", Some("Boolean"), None),
        Kind::Timestamp => ("SCALAR", Some("Timestamp"), None),
        Kind::Date => ("SCALAR", Some("Timestamp"), Some("DATE")),
        Kind::Address => ("COMPOSITE", Some("Address"), Some("ADDRESS_BLOCK")),
        Kind::ToOne(_) => ("TO_ONE", None, None),
        Kind::ToMany(_) => ("TO_MANY", None, None),
    }
}
