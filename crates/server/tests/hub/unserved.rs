//! What the Hub's clients may ask for and this hub does not have: 501 and a sentence, and nothing of any repo.

use http::StatusCode;
use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn endpoints_of_the_hub_outside_of_its_api() {
    let world = World::new().await;
    for (method, path) in [
        ("GET", "/buckets/ada/b/resolve/x"),
        ("GET", "/kernels/ada/k/resolve/main/x"),
        ("POST", "/oauth/register"),
    ] {
        let answer = world.ask(method, path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED, "{method} {path}");
        let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains("is not served by this hub"), "{method} {path}: {told}");
    }
}
