//! A round from a program, through the API, and on its page.

use axum::body::to_bytes;
use http::StatusCode;
use seedcorn_commons::admin::{self, NewNamespace};
use seedcorn_core::fund;
use seedcorn_core::fund::ledger::{Account, Book};
use serde_json::{Value, json};

use crate::{BASE, World};

const ROUNDS: &str = "/api/commons/v1/rounds";

struct Script {
    world: World,
}

impl Script {
    async fn new() -> Script {
        let world = World::new().await;
        let commons = &world.commons;
        let operator = NewNamespace { name: "operator".into(), admin: true, ..NewNamespace::default() };
        admin::add_member(commons.database(), operator, commons.now()).await.unwrap();
        Script { world }
    }

    /// Does something in the round, which must be done.
    async fn act(&self, who: &str, deed: Value) {
        let (status, told) = self.world.post(who, &format!("{ROUNDS}/spring"), &deed).await;
        assert_eq!(status, StatusCode::OK, "{deed}: {told}");
    }

    async fn refused(&self, who: &str, deed: Value) -> u16 {
        self.world.post(who, &format!("{ROUNDS}/spring"), &deed).await.0.as_u16()
    }

    async fn text(&self, path: &str) -> String {
        let answer = self.world.ask(path, "", "script").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        String::from_utf8(to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec()).unwrap()
    }
}

fn opening() -> Value {
    json!({"name": "spring", "title": "Spring <b>", "currency": "EUR", "rule": "plain", "days": 10, "cap": 90_000})
}

#[tokio::test]
async fn what_is_struck_again_was_not_promised() {
    let script = Script::new().await;
    assert_eq!(script.world.post("operator", ROUNDS, &opening()).await.0, StatusCode::OK);
    script.act("demo-student", json!({"do": "pledge", "amount": 1000, "key": "a"})).await;
    let promised = async |amount: &str| {
        script.text("/rounds/spring").await.contains(&format!("<dt>Promised and given</dt><dd>{amount}"))
    };
    assert!(promised("10.00").await);
    let (debit, credit) = ("pool", "pledged/demo-student");
    let strike =
        json!({"do": "correct", "debit": debit, "credit": credit, "amount": 400, "why": "less", "key": "b"});
    script.act("operator", strike).await;
    assert!(promised("6.00").await);
}

#[tokio::test]
async fn opened_pledged_tallied_challenged_posted_and_recomputed() {
    let script = Script::new().await;
    let (status, _) = script.world.post("demo-keeper", ROUNDS, &opening()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(script.world.post("", ROUNDS, &opening()).await.0, StatusCode::UNAUTHORIZED);
    let (status, told) = script.world.post("operator", ROUNDS, &opening()).await;
    assert_eq!((status, told["stage"].as_str()), (StatusCode::OK, Some("open")), "{told}");
    assert_eq!(script.world.post("operator", ROUNDS, &opening()).await.0, StatusCode::CONFLICT);

    let work = format!("models/{BASE}");
    script.act("demo-student", json!({"do": "pledge", "amount": 100_000, "key": "a"})).await;
    script.act("demo-keeper", json!({"do": "enter", "work": work})).await;
    script.act("demo-gardener", json!({"do": "enter", "work": "models/field-notes/acorn-tiny-notes"})).await;
    for who in ["demo-student", "demo-reader"] {
        script.act(who, json!({"do": "give", "work": work, "amount": 500, "key": "a"})).await;
    }
    let (_, told) = script.world.json(&format!("{ROUNDS}/spring")).await;
    assert_eq!(told["works"][0]["line"]["match"], 90_000, "as it stands: {told}");
    assert_eq!(script.refused("operator", json!({"do": "tally"})).await, 409);
    assert_eq!(script.refused("demo-student", json!({"do": "pledge", "amount": 0, "key": "b"})).await, 400);
    assert_eq!(script.refused("demo-student", json!({"do": "dance"})).await, 400);
    // Whoever spells a field wrong is told which.
    for (field, value) in [("pair_limit", json!(-1)), ("digits", json!("two")), ("class", json!("II"))] {
        let mut bad = json!({"name": "bad", "title": "Bad", "currency": "EUR"});
        bad[field] = value;
        let (status, error) = script.world.post("operator", ROUNDS, &bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{error}");
        assert!(error["message"].as_str().unwrap().starts_with(&format!("{field}: ")), "{error}");
    }
    let estimate = script.text(&format!("{ROUNDS}/spring/estimate.json")).await;
    let estimate = fund::Round::read(estimate.as_bytes()).unwrap();
    assert_eq!(estimate.recompute().unwrap(), estimate, "it is a bundle like any other");
    assert_eq!(script.refused("", json!({"do": "tally"})).await, 401);

    assert_eq!(script.refused("demo-keeper", json!({"do": "close"})).await, 403);
    script.act("operator", json!({"do": "close"})).await;
    assert_eq!(script.refused("operator", json!({"do": "close"})).await, 409);
    assert_eq!(script.refused("operator", json!({"do": "tally"})).await, 400, "nothing was received");
    for (who, amount) in [("demo-student", 100_500), ("demo-reader", 500)] {
        script.act("operator", json!({"do": "received", "who": who, "amount": amount, "key": "a"})).await;
    }
    for deed in ["tally", "withdraw", "tally"] {
        script.act("operator", json!({"do": deed})).await;
    }
    script.act("demo-gardener", json!({"do": "challenge", "words": "Why <i>?"})).await;
    let page = script.text("/rounds/spring").await;
    for part in
        ["Spring &#60;b&#62;", "Why &#60;i&#62;?", "900.00", "The cap", "recompute bundle.json", "tally 1"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    script.act("operator", json!({"do": "answer", "n": 1, "words": "So."})).await;
    script.world.days_later(15).await;
    script.act("operator", json!({"do": "post"})).await;
    script.act("demo-keeper", json!({"do": "claim", "work": work})).await;

    let bundle = script.text(&format!("{ROUNDS}/spring/bundle.json")).await;
    for n in [1, 2] {
        let tallied = script.text(&format!("{ROUNDS}/spring/bundle-{n}.json")).await;
        assert_eq!(tallied, bundle, "tally {n}: of the same the same");
    }
    assert_eq!(script.world.json(&format!("{ROUNDS}/spring/bundle-3.json")).await.0, StatusCode::NOT_FOUND);
    let round = fund::Round::read(bundle.as_bytes()).unwrap();
    assert_eq!(round.recompute().unwrap().bytes(), bundle.as_bytes());
    let book = script.text(&format!("{ROUNDS}/spring/book.json")).await;
    let book = Book::parse(book.as_bytes()).unwrap();
    assert_eq!(book.balance(&Account::Payable("acorn-lab".into())).posted, 91_000);
    assert_eq!(book.balance(&Account::Pool).posted, 10_000, "what the cap leaves and nobody else may have");
    for (file, part) in [
        ("book.csv", "payable/acorn-lab"),
        ("book.journal", "liabilities:pool"),
        ("book.beancount", " open "),
    ] {
        assert!(script.text(&format!("{ROUNDS}/spring/{file}")).await.contains(part), "{file}");
    }
    let (status, _) = script.world.json(&format!("{ROUNDS}/spring/book.xls")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(script.world.json(&format!("{ROUNDS}/autumn")).await.0, StatusCode::NOT_FOUND);
    assert!(script.text("/rounds").await.contains("/rounds/spring"));
}
