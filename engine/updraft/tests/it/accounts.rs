//! Users and roles at the command line, as `airflow users` and `airflow roles` of 2.11 have them.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::engine::Home;

const ADMIN: [&str; 14] = [
    "users",
    "create",
    "--username",
    "admin",
    "--firstname",
    "Admin",
    "--lastname",
    "User",
    "--role",
    "Admin",
    "--email",
    "admin@example.com",
    "--password",
    "admin",
];

/// A home with an empty database.
fn ready() -> Home {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    home
}

#[test]
fn users_are_made_listed_changed_and_deleted() {
    let home = ready();
    let created = "User \"admin\" created with role \"Admin\"\n";
    assert_eq!(home.run(&ADMIN), created);
    assert_eq!(home.run(&ADMIN), "admin already exist in the db\n");
    insta::assert_snapshot!(home.run(&["users", "list"]), @r"
    id | username | email             | first_name | last_name | roles
    ===+==========+===================+============+===========+======
    1  | admin    | admin@example.com | Admin      | User      | Admin
    ");
    let role = |command: &'static str| ["users", command, "-u", "admin", "-r", "Op"];
    assert_eq!(
        home.run(&role("add-role")),
        "User \"admin\" added to role \"Op\"\n"
    );
    let again = home.fail(&role("add-role"));
    assert_eq!(
        again,
        (
            1,
            "error: User \"admin\" is already a member of role \"Op\"\n".to_owned()
        )
    );
    assert_eq!(
        home.run(&role("remove-role")),
        "User \"admin\" removed from role \"Op\"\n"
    );
    let mut taken = ADMIN;
    taken[3] = "bob";
    let (code, complaint) = home.fail(&taken);
    assert_eq!(code, 1);
    assert!(
        complaint.contains("another user has the e-mail address `admin@example.com`"),
        "{complaint}"
    );
    let mut unknown = ADMIN;
    unknown[9] = "Nope";
    let (_, complaint) = home.fail(&unknown);
    let expected = "error: Nope is not a valid role. Valid roles are: [Admin, Op, Public, User, Viewer]\n";
    assert_eq!(complaint, expected);
    let reset = home.run(&[
        "users",
        "reset-password",
        "-e",
        "admin@example.com",
        "--use-random-password",
    ]);
    assert!(
        reset.starts_with("User \"admin\" password reset successfully\nPassword: "),
        "{reset}"
    );
    assert_eq!(
        home.run(&["users", "delete", "-u", "admin"]),
        "User \"admin\" deleted\n"
    );
    let (_, complaint) = home.fail(&["users", "delete", "-u", "admin"]);
    assert!(
        complaint.starts_with("error: User \"admin\" does not exist"),
        "{complaint}"
    );
    let (code, _) = home.fail(&["users", "delete"]);
    assert_eq!(code, 2);
}

#[test]
fn a_password_that_is_not_given_is_asked_for_twice() {
    let home = ready();
    let create = |input: &str| {
        let mut command = home.command();
        command.args(&ADMIN[..12]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (done, complaint) = create("one\ntwo\n");
    assert!(
        !done && complaint.ends_with("error: Passwords did not match\n"),
        "{complaint}"
    );
    let (done, complaint) = create("");
    assert!(
        !done && complaint.contains("pass `--password` or `--use-random-password`"),
        "{complaint}"
    );
    let (done, prompts) = create("secret\nsecret\n");
    assert!(done, "{prompts}");
    assert_eq!(prompts, "Password: Repeat for confirmation: ");
}

#[test]
fn users_and_roles_travel_in_files() {
    let (home, other) = (ready(), ready());
    home.run(&ADMIN);
    let (users, roles) = (home.path().join("users.json"), home.path().join("roles.json"));
    let (users, roles) = (users.to_str().unwrap(), roles.to_str().unwrap());
    assert_eq!(
        home.run(&["roles", "create", "Analysts", "Nobodies"]),
        "Added 2 role(s)\n"
    );
    let granted = home.run(&[
        "roles",
        "add-perms",
        "Analysts",
        "-r",
        "Pools",
        "DAGs",
        "-a",
        "can_read",
        "can_edit",
    ]);
    insta::assert_snapshot!(granted, @r"
    Added can read on Pools to role Analysts
    Added can edit on Pools to role Analysts
    Added can read on DAGs to role Analysts
    Added can edit on DAGs to role Analysts
    Added 4 permission(s)
    ");
    let (_, complaint) = home.fail(&["roles", "add-perms", "Analysts", "-r", "Pool", "-a", "can_read"]);
    assert!(
        complaint.starts_with("error: Resource named 'Pool' does not exist"),
        "{complaint}"
    );
    let exported = home.run(&["roles", "export", roles]);
    assert_eq!(
        exported,
        format!("2 roles with 3 linked permissions successfully exported to {roles}\n")
    );
    insta::assert_snapshot!(fs::read_to_string(roles).unwrap(), @r#"[{"name":"Analysts","resource":"DAGs","action":"can_edit,can_read"},{"name":"Analysts","resource":"Pools","action":"can_edit,can_read"},{"name":"Nobodies","resource":"","action":""}]"#);
    assert_eq!(
        other.run(&["roles", "import", roles]),
        "roles and permissions successfully imported\n"
    );
    let listed = other.run(&["roles", "list", "-p", "-o", "plain"]);
    let own: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("Analysts"))
        .collect();
    assert_eq!(own.len(), 2);
    home.run(&["users", "add-role", "-u", "admin", "-r", "Nobodies"]);
    assert_eq!(
        home.run(&["users", "export", users]),
        format!("1 users successfully exported to {users}.\n")
    );
    let created = "Created the following users:\n\tadmin@example.com\n";
    assert_eq!(other.run(&["users", "import", users]), created);
    let updated = "Updated the following users:\n\tadmin@example.com\n";
    assert_eq!(other.run(&["users", "import", users]), updated);
    let revoked = other.run(&["roles", "del-perms", "Analysts", "-r", "Pools"]);
    assert!(revoked.ends_with("Deleted 2 permission(s)\n"), "{revoked}");
    assert_eq!(other.run(&["roles", "delete", "Analysts"]), "Deleted 1 role(s)\n");
    let (_, complaint) = other.fail(&["roles", "delete", "Analysts"]);
    assert!(
        complaint.starts_with("error: Role named 'Analysts' does not exist"),
        "{complaint}"
    );
}

#[test]
fn built_in_roles_keep_what_was_changed_until_they_are_synchronised() {
    let home = ready();
    home.run(&["roles", "del-perms", "Viewer", "-r", "Pools"]);
    let pools = |home: &Home| {
        let listed = home.run(&["roles", "list", "-p", "-o", "plain"]);
        listed
            .lines()
            .filter(|line| line.starts_with("Viewer") && line.contains("Pools"))
            .count()
    };
    assert_eq!(pools(&home), 0);
    assert_eq!(
        home.run(&["sync-perm"]),
        "Added 1 permission(s) to built-in roles\n"
    );
    assert_eq!(pools(&home), 1);
}

#[test]
fn tokens_are_printed_once_listed_without_what_they_are_and_revoked() {
    let home = ready();
    home.run(&ADMIN);
    let create = |days: &'static str| {
        [
            "users", "tokens", "create", "-u", "admin", "--name", "laptop", "--days", days,
        ]
    };
    let token = home.run(&create("30"));
    assert!(
        token.starts_with("updraft_") && token.trim().len() == 51,
        "{token}"
    );
    let (_, complaint) = home.fail(&create("0"));
    assert_eq!(
        complaint,
        "error: User \"admin\" has a token \"laptop\" already\n"
    );
    let listed = home.run(&["users", "tokens", "list", "-u", "admin"]);
    assert!(
        listed.contains("| admin    | laptop |") && !listed.contains(token.trim()),
        "{listed}"
    );
    assert!(
        !home
            .run(&["users", "tokens", "list", "-u", "bob"])
            .contains("laptop")
    );
    let revoked = home.run(&["users", "tokens", "revoke", "1"]);
    assert_eq!(revoked, "Token \"laptop\" of user \"admin\" revoked\n");
    let (_, complaint) = home.fail(&["users", "tokens", "revoke", "1"]);
    assert_eq!(
        complaint,
        "error: there is no token 1; `updraft users tokens list` lists them\n"
    );
    let (_, complaint) = home.fail(&["users", "tokens", "create", "-u", "bob", "--name", "x"]);
    assert!(complaint.contains("User \"bob\" does not exist"), "{complaint}");
}
