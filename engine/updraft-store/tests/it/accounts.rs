//! Users, roles and what they did.

use std::time::Duration;

use serde_json::json;
use updraft_store::{
    EventLogFilter, LockRule, NewEventLog, Paging, PermissionRow, RoleRow, SortKeys, TextLike, UserDetails,
    UserError, UserRow,
};

use crate::support::{World, minute, on_both};

fn permission(action: &str, resource: &str) -> PermissionRow {
    PermissionRow {
        action: action.to_owned(),
        resource: resource.to_owned(),
    }
}

fn role(name: &str, permissions: &[(&str, &str)]) -> RoleRow {
    RoleRow {
        name: name.to_owned(),
        permissions: permissions
            .iter()
            .map(|(action, resource)| permission(action, resource))
            .collect(),
    }
}

fn person<'a>(username: &'a str, email: &'a str, roles: &'a [String]) -> UserDetails<'a> {
    UserDetails {
        username,
        email,
        first_name: "First",
        last_name: "Last",
        is_active: true,
        roles,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

async fn user(world: &World, user_id: i64) -> UserRow {
    world.store.user(user_id).await.unwrap().unwrap()
}

/// Roles `Reader` and `Writer`.
async fn two_roles(world: &World) {
    let roles = [
        role("Writer", &[("can_read", "DAGs"), ("can_edit", "DAGs")]),
        role("Reader", &[("can_read", "DAGs"), ("can_read", "DAG:d")]),
    ];
    let created = world.store.create_roles(&roles).await.unwrap();
    assert_eq!(created, names(&["Reader", "Writer"]));
}

#[tokio::test]
async fn roles_that_exist_are_not_made_again_and_keep_their_permissions() {
    on_both(async |world| {
        two_roles(world).await;
        let again = [role("Reader", &[("can_delete", "DAGs")]), role("New", &[])];
        assert_eq!(world.store.create_roles(&again).await.unwrap(), ["New"]);
        let expected = [
            role("New", &[]),
            role("Reader", &[("can_read", "DAG:d"), ("can_read", "DAGs")]),
            role("Writer", &[("can_edit", "DAGs"), ("can_read", "DAGs")]),
        ];
        assert_eq!(world.store.roles().await.unwrap(), expected);
        assert_eq!(
            world
                .store
                .delete_roles(&names(&["New", "nobody"]))
                .await
                .unwrap(),
            1
        );
        assert_eq!(world.store.roles().await.unwrap(), expected[1..]);
    })
    .await;
}

#[tokio::test]
async fn permissions_are_added_once_and_removed() {
    on_both(async |world| {
        two_roles(world).await;
        let more = [role("Reader", &[("can_read", "DAGs"), ("can_read", "Pools")])];
        assert_eq!(world.store.add_permissions(&more).await.unwrap(), 1);
        let of_reader = async || world.store.permissions_of_role("Reader").await.unwrap().len();
        assert_eq!(of_reader().await, 3);
        assert_eq!(world.store.remove_permissions(&more).await.unwrap(), 2);
        assert_eq!(world.store.remove_permissions(&more).await.unwrap(), 0);
        assert_eq!(of_reader().await, 1);
        assert_eq!(world.store.permissions_of_role("nobody").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_user_may_do_what_any_role_of_the_user_may() {
    on_both(async |world| {
        two_roles(world).await;
        let (both, none) = (names(&["Writer", "Reader"]), names(&[]));
        let store = &world.store;
        let ada = store
            .create_user(person("ada", "a@x", &both), Some("hash"), minute(1))
            .await
            .unwrap();
        let bob = store
            .create_user(person("bob", "b@x", &none), None, minute(2))
            .await
            .unwrap();
        let mut may = store.permissions_of(ada).await.unwrap();
        may.sort();
        let expected = [
            permission("can_edit", "DAGs"),
            permission("can_read", "DAG:d"),
            permission("can_read", "DAGs"),
        ];
        assert_eq!(may, expected);
        assert_eq!(store.permissions_of(bob).await.unwrap(), []);
        let found = user(world, ada).await;
        assert_eq!(found.roles, ["Reader", "Writer"]);
        assert_eq!(
            (found.password_hash.as_deref(), found.created_at),
            (Some("hash"), minute(1))
        );
        assert_eq!(store.user_by_name("ada").await.unwrap(), Some(found.clone()));
        assert_eq!(store.user_by_email("a@x").await.unwrap(), Some(found));
        assert_eq!(store.user_by_name("a@x").await.unwrap(), None);
        store.delete_roles(&names(&["Writer"])).await.unwrap();
        assert_eq!(user(world, ada).await.roles, ["Reader"]);
        assert!(store.delete_user(ada).await.unwrap());
        assert!(!store.delete_user(ada).await.unwrap());
        let left: Vec<i64> = store
            .users()
            .await
            .unwrap()
            .iter()
            .map(|user| user.user_id)
            .collect();
        assert_eq!(left, [bob]);
    })
    .await;
}

#[tokio::test]
async fn names_and_addresses_are_unique_and_roles_exist() {
    on_both(async |world| {
        two_roles(world).await;
        let (reader, unknown) = (names(&["Reader"]), names(&["Reader", "Nobody"]));
        let create = async |username: &str, email: &str, roles: &[String]| {
            world
                .store
                .create_user(person(username, email, roles), None, minute(1))
                .await
        };
        let ada = create("ada", "a@x", &reader).await.unwrap();
        assert!(matches!(
            create("ada", "b@x", &reader).await,
            Err(UserError::UsernameTaken { .. })
        ));
        assert!(matches!(
            create("bob", "a@x", &reader).await,
            Err(UserError::EmailTaken { .. })
        ));
        let refused = create("bob", "b@x", &unknown).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "one of the roles Reader, Nobody does not exist; `updraft roles list` lists them"
        );
        let bob = create("bob", "b@x", &reader).await.unwrap();
        let change = async |username: &str, email: &str| {
            world
                .store
                .update_user(bob, person(username, email, &[]), minute(5))
                .await
        };
        assert!(matches!(
            change("ada", "b@x").await,
            Err(UserError::UsernameTaken { .. })
        ));
        assert!(matches!(
            change("bob", "a@x").await,
            Err(UserError::EmailTaken { .. })
        ));
        assert_eq!(user(world, bob).await.roles, ["Reader"]);
        assert!(change("bo", "b@x").await.unwrap());
        let changed = user(world, bob).await;
        assert_eq!((changed.username.as_str(), changed.roles.len()), ("bo", 0));
        assert_eq!((changed.created_at, changed.changed_at), (minute(1), minute(5)));
        assert_eq!(user(world, ada).await.username, "ada");
        let gone = world
            .store
            .update_user(bob + 7, person("x", "x@x", &[]), minute(5))
            .await;
        assert!(!gone.unwrap());
    })
    .await;
}

#[tokio::test]
async fn failed_log_ins_make_a_pause_which_a_new_password_ends() {
    on_both(async |world| {
        let store = &world.store;
        let ada = store
            .create_user(person("ada", "a@x", &[]), Some("old"), minute(1))
            .await
            .unwrap();
        let rule = LockRule {
            failures: 2,
            pause: Duration::from_mins(5),
        };
        store.record_failed_login(ada, rule, minute(10)).await.unwrap();
        let once = user(world, ada).await;
        assert_eq!((once.failed_login_count, once.locked_until), (1, None));
        store.record_failed_login(ada, rule, minute(11)).await.unwrap();
        assert_eq!(user(world, ada).await.locked_until, Some(minute(16)));
        assert!(store.set_password(ada, "new", minute(12)).await.unwrap());
        let reset = user(world, ada).await;
        assert_eq!((reset.failed_login_count, reset.locked_until), (0, None));
        assert_eq!(
            (reset.password_hash.as_deref(), reset.password_set_at),
            (Some("new"), minute(12))
        );
        store.rehash_password(ada, "old", "never").await.unwrap();
        store.rehash_password(ada, "new", "newer").await.unwrap();
        store.record_failed_login(ada, rule, minute(13)).await.unwrap();
        store.record_login(ada, minute(14)).await.unwrap();
        let last = user(world, ada).await;
        assert_eq!(
            (last.password_hash.as_deref(), last.password_set_at),
            (Some("newer"), minute(12))
        );
        assert_eq!((last.login_count, last.last_login_at), (1, Some(minute(14))));
        assert_eq!(last.failed_login_count, 0);
        assert!(!store.set_password(ada + 7, "new", minute(12)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn events_are_listed_by_page_and_by_what_they_are_about() {
    on_both(async |world| {
        let store = &world.store;
        let entry = |event: &'static str, dag_id: Option<&'static str>| NewEventLog {
            event,
            dag_id,
            owner: Some("ada"),
            ..NewEventLog::default()
        };
        store
            .record_event(&entry("pause", Some("d")), minute(1))
            .await
            .unwrap();
        store
            .record_event(&entry("pause", Some("e")), minute(2))
            .await
            .unwrap();
        let with_extra = NewEventLog {
            extra: Some(json!({ "key": "nul\0" })),
            map_index: Some(-1),
            owner: Some("bob"),
            ..entry("post_variable", None)
        };
        store.record_event(&with_extra, minute(3)).await.unwrap();
        let all = EventLogFilter {
            paging: Paging {
                limit: 100,
                ..Paging::default()
            },
            ..EventLogFilter::default()
        };
        let found = async |filter: EventLogFilter| {
            let (page, total) = store.event_logs(&filter).await.unwrap();
            (page.iter().map(|row| row.event_log_id).collect::<Vec<_>>(), total)
        };
        let (ids, total) = found(all.clone()).await;
        assert_eq!((ids.len(), total), (3, 3));
        let (first, second, third) = (ids[0], ids[1], ids[2]);
        let newest = EventLogFilter {
            paging: sorted_by("-when"),
            ..all.clone()
        };
        assert_eq!(found(newest).await, (vec![second], 3));
        let of = |change: &dyn Fn(&mut EventLogFilter)| {
            let mut filter = all.clone();
            change(&mut filter);
            filter
        };
        assert_eq!(
            found(of(&|filter| filter.dag_id = Some("d".to_owned()))).await,
            (vec![first], 1)
        );
        assert_eq!(
            found(of(&|filter| filter.owner = Some("bob".to_owned()))).await.0,
            [third]
        );
        assert_eq!(
            found(of(&|filter| filter.after = Some(minute(1)))).await.0,
            [second, third]
        );
        assert_eq!(
            found(of(&|filter| filter.before = Some(minute(2)))).await.0,
            [first]
        );
        let last = store.event_log(third).await.unwrap().unwrap();
        assert_eq!((last.map_index, last.happened_at), (Some(-1), minute(3)));
        assert_eq!(last.extra.as_deref(), Some("{\"key\":\"nul\\u0000\"}"));
        assert_eq!(store.event_log(third + 1).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn events_are_sorted_and_found_by_what_names_are_like() {
    on_both(async |world| {
        for owner in ["ada", "bob"] {
            let entry = NewEventLog {
                event: "trigger",
                owner: Some(owner),
                ..NewEventLog::default()
            };
            world.store.record_event(&entry, minute(1)).await.unwrap();
        }
        let owners = async |filter: EventLogFilter| {
            let (page, total) = world.store.event_logs(&filter).await.unwrap();
            let owners = page.into_iter().map(|row| row.owner.unwrap());
            (owners.collect::<Vec<_>>(), total)
        };
        let by_owner = EventLogFilter {
            paging: sorted_by("-owner"),
            ..EventLogFilter::default()
        };
        assert_eq!(owners(by_owner).await, (vec!["ada".to_owned()], 2));
        let like = EventLogFilter {
            owner_like: TextLike {
                pattern: Some("B_B".to_owned()),
                prefix: Some("bo".to_owned()),
            },
            paging: Paging {
                limit: 10,
                ..Paging::default()
            },
            ..EventLogFilter::default()
        };
        assert_eq!(owners(like).await, (vec!["bob".to_owned()], 1));
    })
    .await;
}

/// The second entry of such a list.
fn sorted_by(column: &str) -> Paging {
    Paging {
        sort: SortKeys {
            first: Some(column.to_owned()),
            second: None,
        },
        limit: 1,
        offset: 1,
    }
}
