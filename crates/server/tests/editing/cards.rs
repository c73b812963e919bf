//! The card as a form.

use crate::forms::{encoded, value};
use crate::world::{Answer, World};

const FORM: &str = "/team/open/edit-card/main";

/// What no form has a field for, in ways that only its writer chooses.
const CARD: &str = "---\n# Ours.\nlicense: mit\nlanguage: [en,  'de']\nbase_model: meadow/seed-base\n\
                    'odd':   {a: 0x10, b: [1.50, ~]} # why\nmodel-index: []\n# The end.\n---\n\n# One\n\n<script>alert(1)</script>\n";

async fn with_card(card: &str) -> World {
    let world = World::new().await;
    let files: &[(&str, &[u8])] = &[("README.md", card.as_bytes())];
    world.upload("boss", "/team/open/upload/main", &[("summary", "Begin")], files).await;
    world
}

/// The fields of a page's form, some of them changed.
fn fields(page: &str, changed: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let names = [
        "parent",
        "language",
        "pipeline_tag",
        "library_name",
        "base_model",
        "datasets",
        "tags",
        "body",
        "summary",
    ];
    let mut all: Vec<(&'static str, String)> = names.map(|name| (name, value(page, name))).to_vec();
    all.push(("license", license(page)));
    for (name, text) in changed {
        all.retain(|(known, _)| known != name);
        all.push((*name, (*text).to_owned()));
    }
    all
}

/// The licence that is chosen.
fn license(page: &str) -> String {
    let (_, rest) = page.split_once("<select id=\"license\"").unwrap();
    let (options, _) = rest.split_once("</select>").unwrap();
    let (before, _) = options.split_once(" selected>").unwrap_or(("<option value=\"\"", ""));
    match before.rsplit("<option").next().unwrap().split('"').nth(1) {
        Some(value) => value.to_owned(),
        None => options.split_once(" selected>").unwrap().1.split('<').next().unwrap().to_owned(),
    }
}

async fn send(world: &World, who: &str, fields: &[(&'static str, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    world.send(who, FORM, &encoded(&fields)).await
}

#[tokio::test]
async fn only_members_and_only_from_our_pages() {
    let world = with_card(CARD).await;
    for (who, open, hidden, button) in [
        ("", 303, 404, false),
        ("stranger", 200, 404, false),
        ("reader", 200, 200, false),
        ("writer", 200, 200, true),
    ] {
        assert_eq!(world.see(who, FORM).await.status, open, "{who}");
        assert_eq!(world.see(who, "/team/hidden/edit-card/main").await.status, hidden, "{who}");
        assert_eq!(world.see(who, "/team/open").await.text.contains(FORM), button, "{who}");
    }
    let page = world.see("writer", FORM).await.text;
    let form = encoded(&[("parent", &value(&page, "parent")), ("body", "x")]);
    world.refuses_foreign("writer", FORM, &form).await;
    assert_eq!(world.send("", FORM, &form).await.status, 401);
    assert_eq!(world.send("stranger", "/team/hidden/edit-card/main", &form).await.status, 404);
    assert_eq!(world.send("writer", FORM, "body=x").await.status, 400);
    assert_eq!(world.file("main", "README.md").await, CARD);
    // Whoever may only read proposes.
    send(&world, "reader", &fields(&page, &[("license", "cc0-1.0")]))
        .await
        .led_to("/team/open/discussions/1");
    assert_eq!(world.file("main", "README.md").await, CARD);
}

#[tokio::test]
async fn what_the_form_has_no_field_for_stays_as_it_is() {
    let world = with_card(CARD).await;
    let page = world.see("writer", FORM).await.text;
    assert_eq!((value(&page, "language").as_str(), license(&page).as_str()), ("en\nde", "mit"));
    assert_eq!(value(&page, "body"), "\n# One\n\n<script>alert(1)</script>\n");
    send(&world, "writer", &fields(&page, &[])).await.complained("Nothing is different.");
    let changed = [
        ("license", "cc-by-4.0"),
        ("tags", "one\r\n two words \r\n\r\nno"),
        ("body", "\r\n# Two\r\n"),
        ("pipeline_tag", "text-generation"),
    ];
    send(&world, "writer", &fields(&page, &changed)).await.led_to("/team/open");
    let expected = "---\n# Ours.\nlicense: cc-by-4.0\nlanguage: [en,  'de']\nbase_model: meadow/seed-base\n\
                    'odd':   {a: 0x10, b: [1.50, ~]} # why\nmodel-index: []\n# The end.\npipeline_tag: text-generation\n\
                    tags:\n- one\n- two words\n- \"no\"\n---\n\n# Two\n";
    let expected = expected.replace("two words", "\"two words\"");
    assert_eq!(world.file("main", "README.md").await, expected);
    // The hub knows the repo by it at once.
    assert!(
        world.see("", "/models?license=cc-by-4.0&tag=license:cc-by-4.0").await.text.contains("/team/open")
    );
    let page = world.see("writer", FORM).await.text;
    let changed = [("license", ""), ("language", "en"), ("base_model", ""), ("tags", "")];
    send(&world, "writer", &fields(&page, &changed)).await.led_to("/team/open");
    let expected = "---\n# Ours.\nlanguage:\n- en\n'odd':   {a: 0x10, b: [1.50, ~]} # why\nmodel-index: []\n\
                    # The end.\npipeline_tag: text-generation\n---\n\n# Two\n";
    assert_eq!(world.file("main", "README.md").await, expected);
    assert_eq!(world.titles("main").await.0[0], "Change the card");
}

#[tokio::test]
async fn shown_first_and_checked() {
    let world = with_card(CARD).await;
    let page = world.see("writer", FORM).await.text;
    let changed = [
        ("body", "# Seen\r\n\r\n<script>alert(1)</script>\r\n\r\n*soft*"),
        ("do", "preview"),
        ("language", "Latin"),
    ];
    let answer = send(&world, "writer", &fields(&page, &changed)).await;
    assert_eq!(answer.status, 200);
    crate::html::assert_plain("a preview", &answer.text);
    let (_, look) = answer.text.split_once("As it will be").unwrap();
    let (look, _) = look.split_once("<form").unwrap();
    assert!(look.contains("<em>soft</em>") && !look.contains("<script"), "{look}");
    assert!(look.contains("should be a language code") && look.contains("- Latin"));
    assert_eq!(value(&answer.text, "language"), "Latin");
    assert_eq!(world.file("main", "README.md").await, CARD, "nothing is published");
    for (field, text, said) in [
        ("license", "my-own", "must be one of"),
        ("base_model", "not an id", "is not valid"),
        ("body", "---\na: 1\n---\n", "only its text can be changed"),
    ] {
        // The metadata is gone with the fields, so that a body could take its place.
        let bare = with_card("# Bare\n").await;
        let world = if field == "body" { &bare } else { &world };
        let page = world.see("writer", FORM).await.text;
        let answer = send(world, "writer", &fields(&page, &[(field, text)])).await;
        answer.complained(said);
    }
    for field in ["summary", "license", "body"] {
        assert_eq!(send(&world, "writer", &fields(&page, &[(field, "a\0b")])).await.status, 400, "{field}");
    }
    assert_eq!(world.titles("main").await.0, ["Begin", "initial commit"]);
}

#[tokio::test]
async fn odd_cards() {
    // None at all, and the form of a dataset has fields of its own.
    let world = World::new().await;
    let page = world.see("writer", FORM).await.text;
    send(&world, "writer", &fields(&page, &[("license", "mit"), ("body", "# New")]))
        .await
        .led_to("/team/open");
    assert_eq!(world.file("main", "README.md").await, "---\nlicense: mit\n---\n# New");
    // Several licences, and one that the list has not, stay unless another is chosen.
    for licenses in ["[mit, apache-2.0]", "[mit]", "7"] {
        let card = format!("---\nlicense: {licenses}\nbase_model: a/b\n---\nx\n");
        let world = with_card(&card).await;
        let page = world.see("writer", FORM).await.text;
        let answer = send(&world, "writer", &fields(&page, &[("body", "y")])).await;
        if licenses == "7" {
            answer.complained("must be a string");
        } else {
            answer.led_to("/team/open");
            assert_eq!(world.file("main", "README.md").await, card.replace("x\n", "y"));
        }
    }
    // What cannot be read has no form; its text has.
    for card in ["---\na: [\n---\nx\n", "---\nlicense: mit\nlicense: mit\n---\n"] {
        let world = with_card(card).await;
        let answer = world.see("writer", FORM).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("invalid YAML at line"), "{}", answer.text);
    }
    let world = with_card("---\r\nlicense: mit\r\nx: 1\r\n---\r\nBody\r\n").await;
    let page = world.see("writer", FORM).await.text;
    send(&world, "writer", &fields(&page, &[("tags", "a"), ("body", "Body\r\n")])).await.led_to("/team/open");
    let expected = "---\r\nlicense: mit\r\nx: 1\r\ntags:\r\n- a\r\n---\r\nBody\r\n";
    assert_eq!(world.file("main", "README.md").await, expected);
}

#[tokio::test]
async fn what_others_did_meanwhile_is_shown_and_kept() {
    let world = with_card(CARD).await;
    let page = world.see("writer", FORM).await.text;
    let theirs = CARD.replace("0x10", "0x20");
    world.upload("boss", "/team/open/upload/main", &[], &[("README.md", theirs.as_bytes())]).await;
    let answer = send(&world, "writer", &fields(&page, &[("license", "cc0-1.0")])).await;
    assert_eq!(answer.status, 412);
    crate::html::assert_plain("a stale card", &answer.text);
    assert!(answer.text.contains("somebody has changed the card") && answer.text.contains("0x20"));
    assert_eq!(license(&answer.text), "cc0-1.0");
    assert_eq!(world.file("main", "README.md").await, theirs);
    // Sent again, it keeps what the form has no field for as they made it.
    send(&world, "writer", &fields(&answer.text, &[])).await.led_to("/team/open");
    assert_eq!(world.file("main", "README.md").await, theirs.replace("license: mit", "license: cc0-1.0"));
    let mut made_up = fields(&page, &[]);
    made_up.retain(|(name, _)| *name != "parent");
    made_up.push(("parent", "ab".repeat(20)));
    assert_eq!(send(&world, "writer", &made_up).await.status, 412);
}
