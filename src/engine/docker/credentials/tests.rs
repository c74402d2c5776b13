use super::*;

fn settings(text: &str) -> (tempfile::TempDir, Settings) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), text).unwrap();
    let settings = Settings::read(dir.path()).unwrap();
    (dir, settings)
}

fn user(username: &str, password: &str) -> Login {
    Login {
        username: username.into(),
        password: password.into(),
        ..Login::default()
    }
}

#[test]
fn a_registry_is_what_stands_before_the_first_slash() {
    for (reference, host) in [
        ("web", "docker.io"),
        ("acme/web:1", "docker.io"),
        ("docker.io/acme/web", "docker.io"),
        ("r.example/web", "r.example"),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000"),
        ("localhost/web", "localhost"),
    ] {
        assert_eq!(registry(reference), host, "{reference}");
    }
}

#[test]
fn logins_are_found_under_every_name_that_docker_writes() {
    let (_dir, settings) = settings(
        r#"{"auths":{
            "r.example":{"auth":"YWRhOmE6Yg=="},
            "https://old.example/v1/":{"auth":"YWRhOng"},
            "https://index.docker.io/v1/":{"username":"hub","password":"p"},
            "token.example":{"auth":"YWRhOg==","identitytoken":"t"},
            "helped.example":{},
            "bad.example":{"auth":"%%%"}}}"#,
    );
    let found = |host| stored(&settings, host);
    assert_eq!(found("r.example"), Some(user("ada", "a:b")));
    assert_eq!(found("old.example"), Some(user("ada", "x")));
    assert_eq!(found("docker.io"), Some(user("hub", "p")));
    let token = found("token.example").unwrap();
    assert_eq!(
        (token.identity.as_str(), token.password.as_str()),
        ("t", "")
    );
    for none in ["helped.example", "bad.example", "example", "other.example"] {
        assert_eq!(found(none), None, "{none}");
    }
}

#[test]
fn a_helper_of_one_registry_comes_before_that_of_all() {
    let (_dir, settings) =
        settings(r#"{"credsStore":"all","credHelpers":{"r.example":"one","docker.io":"hub"}}"#);
    assert_eq!(helper(&settings, "r.example"), Some("one"));
    assert_eq!(helper(&settings, "docker.io"), Some("hub"));
    assert_eq!(helper(&settings, "x.example"), Some("all"));
    assert_eq!(helper(&Settings::default(), "x.example"), None);
}

#[test]
fn no_login_is_shown() {
    let found = Found {
        login: Some(user("ada", "hush")),
        ..Found::default()
    };
    assert!(!format!("{found:?}").contains("hush"));
    let sent = found.credentials("docker.io").unwrap();
    assert_eq!(sent.password.as_deref(), Some("hush"));
    assert_eq!(sent.serveraddress.as_deref(), Some(HUB));
}

#[tokio::test]
async fn a_helper_that_is_missing_or_ill_named_is_told() {
    for (name, part) in [("devtwin-no-such", "not installed"), ("../x", "is no name")] {
        let found = by_helper(name, "r.example", PATIENCE).await;
        let (why, hint) = found.trouble.unwrap();
        assert!(why.contains(part), "{why}");
        assert!(hint.contains("echo r.example | docker-credential-"));
    }
}

#[test]
fn doctor_names_registries_and_missing_helpers() {
    let text = r#"{"auths":{"r.example":{"auth":"YWRhOmE="}},"credHelpers":{"h.example":"one"}}"#;
    let (dir, _) = settings(text);
    let missing = logins(Some(dir.path()), &[]).unwrap_err();
    assert!(
        missing
            .message
            .starts_with("docker-credential-one is named in"),
        "{missing}"
    );
    std::fs::write(dir.path().join("docker-credential-one"), "").unwrap();
    let told = logins(Some(dir.path()), &[dir.path().to_owned()]).unwrap();
    assert_eq!(
        told,
        ["h.example by docker-credential-one", "r.example in auths"]
    );
    assert_eq!(logins(None, &[]), Ok(Vec::new()));
}
