//! Variables and connections, with and without encryption.

use updraft_secrets::{Connection, Environment, Fernet, LookupError, Secrets};
use updraft_store::{SecretError, Store, StoreOptions};
use updraft_testing::databases;

use crate::support::{World, minute, on_both};

fn with_key(key: &str) -> StoreOptions {
    StoreOptions {
        fernet: Fernet::parse(key).unwrap(),
        ..StoreOptions::default()
    }
}

#[tokio::test]
async fn variables_are_set_read_listed_and_deleted() {
    on_both(async |world| {
        let store = &world.store;
        store
            .set_variable("b", "1", Some("about b"), minute(0))
            .await
            .unwrap();
        store.set_variable("a", "", None, minute(0)).await.unwrap();
        store
            .set_variable("b", "{\"json\": \"\u{e4}\"}", None, minute(0))
            .await
            .unwrap();
        assert_eq!(
            store.variable("b").await.unwrap().as_deref(),
            Some("{\"json\": \"\u{e4}\"}")
        );
        assert_eq!(store.variable("a").await.unwrap().as_deref(), Some(""));
        assert_eq!(store.variable("c").await.unwrap(), None);
        let all = store.variables().await.unwrap();
        let all: Vec<_> = all
            .iter()
            .map(|row| (row.key.as_str(), row.description.as_deref(), row.is_encrypted))
            .collect();
        assert_eq!(all, [("a", None, false), ("b", Some("about b"), false)]);
        assert!(store.delete_variable("a").await.unwrap());
        assert!(!store.delete_variable("a").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn connections_are_set_read_listed_and_deleted() {
    on_both(async |world| {
        let store = &world.store;
        let connection: Connection = "http://me:pw@host:8080/schema?a=1&b=2".parse().unwrap();
        store.set_connection("web", &connection, minute(0)).await.unwrap();
        store
            .set_connection("empty", &Connection::default(), minute(0))
            .await
            .unwrap();
        assert_eq!(store.connection("web").await.unwrap(), Some(connection));
        assert_eq!(
            store.connection("empty").await.unwrap(),
            Some(Connection::default())
        );
        assert_eq!(store.connection("other").await.unwrap(), None);
        let replaced = Connection {
            host: Some("there".to_owned()),
            ..Connection::default()
        };
        store.set_connection("web", &replaced, minute(0)).await.unwrap();
        let all = store.connections().await.unwrap();
        assert_eq!(
            all.iter().map(|row| row.conn_id.as_str()).collect::<Vec<_>>(),
            ["empty", "web"]
        );
        assert_eq!(all[1].connection, replaced);
        assert!(store.delete_connection("web").await.unwrap());
        assert!(!store.delete_connection("web").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn with_a_key_secrets_are_encrypted_and_without_it_they_are_told_to_be() {
    databases::on_both(async |database| {
        let (old, new) = (Fernet::generate_key().unwrap(), Fernet::generate_key().unwrap());
        let world = World::make(database, with_key(&old)).await;
        let connection: Connection = "postgres://me:hunter22@db/x?token=abc".parse().unwrap();
        world.store.set_variable("v", "geheim", None, minute(0)).await.unwrap();
        world.store.set_connection("c", &connection, minute(0)).await.unwrap();
        assert!(world.store.variables().await.unwrap()[0].is_encrypted);
        let row = &world.store.connections().await.unwrap()[0];
        assert_eq!((&row.connection, row.is_encrypted, row.is_extra_encrypted), (&connection, true, true));

        let plain = world.second_store().await;
        let error = plain.variable("v").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable `v` is encrypted, and `[core] fernet_key` is empty; set the key that it was encrypted with"
        );
        assert!(matches!(plain.connection("c").await, Err(SecretError::NoKey { .. })));
        let open = async |key: &str| Store::open(&world.url, with_key(key)).await.unwrap();
        assert!(matches!(open(&new).await.variable("v").await, Err(SecretError::Fernet { .. })));
        let both = open(&format!("{new},{old}")).await;
        assert_eq!(both.variable("v").await.unwrap().as_deref(), Some("geheim"));
        plain.set_variable("v", "offen", None, minute(0)).await.unwrap();
        assert_eq!(both.variable("v").await.unwrap().as_deref(), Some("offen"));
    })
    .await;
}

#[tokio::test]
async fn the_environment_comes_before_the_database() {
    on_both(async |world| {
        let store = &world.store;
        let stored: Connection = "http://stored".parse().unwrap();
        for key in ["both", "only"] {
            store.set_variable(key, "stored", None, minute(0)).await.unwrap();
            store.set_connection(key, &stored, minute(0)).await.unwrap();
        }
        let environment = Environment::new([
            ("AIRFLOW_VAR_BOTH", "from the environment"),
            ("AIRFLOW_CONN_BOTH", "http://environment"),
            ("AIRFLOW_CONN_BROKEN", "no uri"),
        ]);
        let environment = Secrets::from(environment);
        let variable = async |key| store.lookup_variable(&environment, key).await.unwrap();
        assert_eq!(variable("both").await.as_deref(), Some("from the environment"));
        assert_eq!(variable("only").await.as_deref(), Some("stored"));
        assert_eq!(variable("none").await, None);
        let host = async |conn_id| {
            let found = store.lookup_connection(&environment, conn_id).await.unwrap();
            found.and_then(|connection| connection.host)
        };
        assert_eq!(host("both").await.as_deref(), Some("environment"));
        assert_eq!(host("only").await.as_deref(), Some("stored"));
        assert_eq!(host("none").await, None);
        let broken = store.lookup_connection(&environment, "broken").await;
        assert!(matches!(
            broken,
            Err(SecretError::Lookup(LookupError::Environment { .. }))
        ));
    })
    .await;
}

#[tokio::test]
async fn after_a_rotation_the_old_key_may_go() {
    databases::on_both(async |database| {
        let (old, new) = (Fernet::generate_key().unwrap(), Fernet::generate_key().unwrap());
        let world = World::make(database, with_key(&old)).await;
        let connection: Connection = "postgres://me:hunter22@db/x?token=abc".parse().unwrap();
        let open_one: Connection = "http://me@host".parse().unwrap();
        world
            .store
            .set_variable("v", "geheim", None, minute(0))
            .await
            .unwrap();
        world
            .store
            .set_connection("c", &connection, minute(0))
            .await
            .unwrap();
        world
            .store
            .set_connection("open", &open_one, minute(0))
            .await
            .unwrap();
        let open = async |key: &str| Store::open(&world.url, with_key(key)).await.unwrap();
        // Without the old key nothing is touched.
        let error = open(&new).await.rotate_secrets(minute(1)).await.unwrap_err();
        assert!(error.to_string().contains("variable `v`"), "{error}");
        assert_eq!(
            world.store.variable("v").await.unwrap().as_deref(),
            Some("geheim")
        );
        let both = open(&format!("{new},{old}")).await;
        let rotated = both.rotate_secrets(minute(1)).await.unwrap();
        assert_eq!((rotated.variables, rotated.connections), (1, 1));
        let alone = open(&new).await;
        assert_eq!(alone.variable("v").await.unwrap().as_deref(), Some("geheim"));
        assert_eq!(alone.connection("c").await.unwrap(), Some(connection));
        assert_eq!(alone.connection("open").await.unwrap(), Some(open_one));
        assert!(world.store.variable("v").await.is_err());
    })
    .await;
}
