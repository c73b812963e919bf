//! What models and data sets stand on, and what stands on them, as each reader may see it.

use serde_json::{Value, json};

use crate::papers::publish;
use crate::world::{World, token};

/// Publishes a model with a card.
async fn model(world: &World, name: &str, card: &str) {
    let card = format!("---\n{card}\n---\n");
    assert_eq!(publish(world, "boss", "models", name, &[("README.md", card.as_str())]).await.status, 200);
}

/// What stands under a heading of the rail, or nothing.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let after =
        page.split_once(&format!(">{heading}<")).or_else(|| page.split_once(&format!(">{heading} <")));
    after.map_or("", |(_, rest)| rest.split_once("</section>").map_or(rest, |(section, _)| section))
}

async fn hide(world: &World, name: &str) {
    let token = format!("Bearer {}", token(&world.commons, "boss").await);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let hidden = json!({ "private": true }).to_string();
    assert_eq!(
        world.ask("PUT", &format!("/api/models/{name}/settings"), &headers, &hidden).await.status,
        200
    );
}

#[tokio::test]
async fn a_model_tells_what_it_builds_on_down_to_the_ground() {
    let world = World::new().await;
    model(&world, "team/Root", "license: mit").await;
    model(&world, "team/mid", "base_model: team/Root").await;
    model(&world, "team/leaf", "base_model: [team/mid, else/where]\nbase_model_relation: merge").await;
    let page = world.see("", "/team/leaf").await.text;
    let on = section(&page, "Builds on");
    let at = |text: &str| on.find(text).unwrap_or_else(|| panic!("no {text} in {on}"));
    // Its own bases come before what those stand on.
    assert!(at("href=\"/team/mid\"") < at("else/where") && at("else/where") < at("href=\"/team/Root\""));
    assert!(on.contains("base of team/mid, finetune, declared") && on.contains("merge, declared, not here"));
    assert!(!on.contains("href=\"/else/where\""));

    // Cards that name each other, or themselves, end.
    model(&world, "team/Root", "base_model: [team/leaf, team/Root]").await;
    let page = world.see("", "/team/Root").await.text;
    let on = section(&page, "Builds on");
    assert!(on.matches("<li>").count() == 3 && !on.contains("/team/Root"), "nothing is its own base: {on}");

    // Who may not see a base is told no more than the card that names it tells.
    hide(&world, "team/mid").await;
    let stranger = world.see("stranger", "/team/leaf").await.text;
    let on = section(&stranger, "Builds on");
    assert!(on.contains("team/mid") && !on.contains("href=\"/team/mid\"") && !on.contains("Root"), "{on}");
    let reader = world.see("reader", "/team/leaf").await.text;
    assert!(section(&reader, "Builds on").contains("href=\"/team/Root\""));
}

#[tokio::test]
async fn a_model_tells_what_was_made_of_it_way_by_way() {
    let world = World::new().await;
    model(&world, "team/Base", "license: mit").await;
    for (name, card) in [
        ("team/tuned", "base_model: team/Base"),
        ("team/lora", "base_model: team/Base\nlibrary_name: peft"),
        ("team/small", "base_model: team/Base\nbase_model_relation: quantized"),
        ("team/both", "base_model: [TEAM/base, else/where]"),
        ("team/secret", "base_model: team/Base"),
    ] {
        model(&world, name, card).await;
    }
    hide(&world, "team/secret").await;
    let page = world.see("", "/team/Base").await.text;
    for (heading, name) in
        [("Fine-tunes", "tuned"), ("Adapters", "lora"), ("Quantised", "small"), ("Merges", "both")]
    {
        let listed = section(&page, heading);
        assert!(listed.contains(&format!("href=\"/team/{name}\"")), "{heading}: {page}");
        assert_eq!(listed.matches("<li>").count(), 1, "{heading}");
    }
    assert!(!page.contains("secret"));
    model(&world, "team/third", "base_model: team/tuned").await;
    let page = world.see("", "/team/Base").await.text;
    assert!(section(&page, "Fine-tunes").contains("1 model builds on these"), "{page}");
    assert!(section(&world.see("reader", "/team/Base").await.text, "Fine-tunes").contains("/team/secret"));
    // Under a new name it is still the model that their cards mean.
    world
        .send("boss", "/team/Base/settings/name", "owner=team&name=Trunk")
        .await
        .led_to("/team/Trunk/settings?done=1");
    let page = world.see("", "/team/Trunk").await.text;
    assert!(section(&page, "Adapters").contains("/team/lora"), "{page}");
    let lora = world.see("", "/team/lora").await.text;
    assert!(section(&lora, "Builds on").contains("href=\"/team/Trunk\""), "{lora}");
    let all = world.see("", "/team/Trunk/built-on").await.text;
    assert!(["tuned", "lora", "small", "both"].iter().all(|name| all.contains(&format!("\"/team/{name}\""))));
    assert!(!all.contains("secret"));
    let told = async |rest: &str| -> Value {
        let path = format!("/api/commons/v1/models/team/Trunk/tree-of-bases?limit=3{rest}");
        serde_json::from_str(&world.ask("GET", &path, &[], "").await.text).unwrap()
    };
    let first = told("").await["built_on_by"].clone();
    assert_eq!(first["items"].as_array().unwrap().len(), 3, "{first}");
    let rest = told(&format!("&cursor={}", first["next"].as_str().unwrap())).await["built_on_by"].clone();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null), "{rest}");
}

#[tokio::test]
async fn a_data_set_tells_which_models_were_trained_on_it() {
    let world = World::new().await;
    let card = [("README.md", "---\nlicense: mit\n---\n")];
    assert_eq!(publish(&world, "boss", "datasets", "team/Rows", &card).await.status, 200);
    for n in 0..14 {
        model(&world, &format!("team/m{n}"), "datasets: team/Rows").await;
    }
    let page = world.see("", "/datasets/team/Rows").await.text;
    let listed = section(&page, "Models trained on it");
    assert_eq!(listed.matches("<li>").count(), 12);
    assert!(listed.contains("href=\"/datasets/team/Rows/built-on\">and 2 more"), "{listed}");
    let all = world.see("", "/datasets/team/Rows/built-on").await.text;
    assert!(all.contains("href=\"/team/m0\"") && all.contains("href=\"/team/m13\""));
}
