//! Papers and code as members make them: the form and its faults, who sees what stands on them, and how they are cited.

use base64::Engine;
use serde_json::{Value, json};

use crate::world::{Answer, World, token};

const FORM: &str = "kind=paper&owner=team&name=growth&visibility=public&license=cc-by-4.0\
    &title=On+%3Cb%3Egrowth%3C%2Fb%3E+%26+more\
    &authors=Ada+Lovelace+%3C0000-0002-1825-0097%3E%0D%0A%0D%0AActon,+Beth\
    &arxiv=arXiv%3A2305.18290v2&doi=https%3A%2F%2Fdoi.org%2F10.1038%2FX-1&published=2024-05\
    &abstract=First+paragraph.%0D%0A%0D%0ASecond+%3Cscript%3E";

/// Publishes files as the usual client does.
pub(crate) async fn publish(
    world: &World,
    who: &str,
    kind: &str,
    name: &str,
    files: &[(&str, &str)],
) -> Answer {
    let token = token(&world.commons, who).await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let (owner, bare) = name.split_once('/').unwrap();
    let word = if kind == "code" { kind } else { kind.trim_end_matches('s') };
    let create = json!({ "name": bare, "organization": owner, "type": word, "private": false }).to_string();
    let made = world.ask("POST", "/api/repos/create", &headers, &create).await;
    assert!(matches!(made.status, 200 | 409), "{}", made.text);
    let mut lines = json!({ "key": "header", "value": { "summary": "Add files" } }).to_string();
    for (path, text) in files {
        let content = base64::prelude::BASE64_STANDARD.encode(text);
        let file = json!({ "path": path, "content": content, "encoding": "base64" });
        lines.push_str(&format!("\n{}", json!({ "key": "file", "value": file })));
    }
    world.ask("POST", &format!("/api/{kind}/{name}/commit/main"), &headers, &lines).await
}

async fn json_of(world: &World, path: &str) -> Value {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

#[tokio::test]
async fn a_paper_is_made_by_a_form_and_shown_as_one() {
    let world = World::new().await;
    assert!(world.see("boss", "/new?kind=paper").await.text.contains("name=\"authors\""));
    world.send("boss", "/new", FORM).await.led_to("/papers/team/growth");
    let page = world.see("", "/papers/team/growth").await;
    let text = page.text.replace("&#60;", "&lt;").replace("&#62;", "&gt;").replace("&#38;", "&amp;");
    for part in [
        "<h1 class=\"titled\">On &lt;b&gt;growth&lt;/b&gt; &amp; more</h1>",
        "href=\"https://orcid.org/0000-0002-1825-0097\"",
        "Beth Acton",
        "https://arxiv.org/abs/2305.18290",
        "https://doi.org/10.1038/x-1",
        "<p>Second &lt;script&gt;</p>",
        "name=\"citation_author\" content=\"Ada Lovelace\"",
        "@misc{lovelace2024b,",
        "/papers/team/growth/cite.cff",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let card = world.ask("GET", "/papers/team/growth/resolve/main/README.md", &[], "").await.text;
    assert!(card.starts_with("---\nlicense: \"cc-by-4.0\"\ntitle: \"On <b>growth</b> & more\"\n"), "{card}");
    let list = world.see("", "/papers?tag=published:2024").await.text;
    assert!(list.contains("Ada Lovelace and Beth Acton") && list.contains("team / growth"), "{list}");
    assert!(world.see("", "/team").await.text.contains("/papers/team/growth"));
    // Words of the abstract do not stand in the body of the card, but its tags are found.
    assert!(world.see("", "/search?q=2305.18290").await.text.contains("/papers/team/growth"));
}

#[tokio::test]
async fn faults_of_the_form_are_told_beside_their_fields() {
    let world = World::new().await;
    for (from, to, said) in [
        ("title=On", "title=&x=", "A paper has a title"),
        ("0000-0002-1825-0097", "0000-0002-1825-0096", "Line 1: the last sign"),
        ("authors=", "authors=&x=", "at least one author"),
        ("arXiv%3A2305.18290v2", "2305", "an arXiv id looks like"),
        ("10.1038%2FX-1", "x", "a DOI looks like"),
        ("published=2024-05", "published=May", "a date is written"),
        ("license=cc-by-4.0", "license=mine", "Choose a licence"),
    ] {
        let answer = world.send("writer", "/new", &FORM.replace(from, to)).await;
        answer.complained(said);
        assert!(answer.text.contains("Second"), "the form is kept");
    }
    // The fields of a paper are nothing to a model.
    let model = FORM.replace("kind=paper", "kind=model").replace("published=2024-05", "published=May");
    world.send("writer", "/new", &model).await.led_to("/team/growth");
    assert_eq!(world.see("", "/papers/team/growth").await.status, 404);
}

#[tokio::test]
async fn what_stands_on_a_paper_is_told_to_those_who_may_see_it() {
    let world = World::new().await;
    world.send("boss", "/new", FORM).await.led_to("/papers/team/growth");
    for (kind, name, card) in [
        ("models", "team/by-arxiv", "---\nlicense: mit\n---\nAfter https://arxiv.org/abs/2305.18290.\n"),
        ("datasets", "team/by-doi", "---\nlicense: mit\n---\nSee <https://doi.org/10.1038/X-1>.\n"),
        ("code", "team/by-name", "---\npapers: [Team/Growth]\n---\n"),
        ("models", "team/other", "---\npapers: ['2305.18291']\n---\n"),
    ] {
        let answer = publish(&world, "boss", kind, name, &[("README.md", card)]).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
    let hidden = "kind=model&owner=team&name=secret&visibility=private&license=";
    world.send("boss", "/new", hidden).await.led_to("/team/secret");
    let card = [("README.md", "---\npapers: team/growth\n---\n")];
    assert_eq!(publish(&world, "boss", "models", "team/secret", &card).await.status, 200);

    let page = world.see("stranger", "/papers/team/growth").await.text;
    for found in ["/team/by-arxiv", "/datasets/team/by-doi", "/code/team/by-name"] {
        assert!(page.contains(&format!("href=\"{found}\"")), "no {found}");
    }
    assert!(!page.contains("secret") && !page.contains("team/other"));
    assert!(world.see("reader", "/papers/team/growth").await.text.contains("/team/secret"));
    let told = json_of(&world, "/api/papers/2305.18290").await;
    assert_eq!((&told["numTotalModels"], &told["numTotalDatasets"]), (&json!(1), &json!(1)));
    assert_eq!(told["linkedModels"][0]["id"], "team/by-arxiv");
    assert!(!told.to_string().contains("secret"));

    // The works lead back, by whatever they name it, and by its old name too.
    let token = format!("Bearer {}", token(&world.commons, "boss").await);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let moved = json!({ "fromRepo": "team/growth", "toRepo": "team/grown", "type": "paper" }).to_string();
    assert_eq!(world.ask("POST", "/api/repos/move", &headers, &moved).await.status, 200);
    for page in ["/team/by-arxiv", "/datasets/team/by-doi", "/code/team/by-name"] {
        assert!(world.see("", page).await.text.contains("href=\"/papers/team/grown\""), "{page}");
    }
    assert!(world.see("", "/papers/team/grown").await.text.contains("/code/team/by-name"));
    assert!(world.see("", "/team/other").await.text.contains("https://arxiv.org/abs/2305.18291"));

    // Once it is private nobody else learns of it from those who name it.
    let closed = json!({ "private": true }).to_string();
    assert_eq!(world.ask("PUT", "/api/papers/team/grown/settings", &headers, &closed).await.status, 200);
    for page in ["/team/by-arxiv", "/datasets/team/by-doi", "/code/team/by-name"] {
        let text = world.see("stranger", page).await.text;
        assert!(!text.contains("grown") && !text.contains("growth</b>"), "{page}");
    }
    assert_eq!(world.ask("GET", "/api/papers/2305.18290", &[], "").await.status, 404);
    assert_eq!(world.see("reader", "/papers/2305.18290").await.header("location"), "/papers/team/grown");
    assert_eq!(world.ask("GET", "/papers/2305.18290.md", &[], "").await.status, 404);
}

#[tokio::test]
async fn nobody_takes_a_paper_over_by_its_id() {
    let world = World::new().await;
    assert_eq!(publish(&world, "stranger", "papers", "stranger/older", &[("a", "b")]).await.status, 200);
    world.send("boss", "/new", FORM).await.led_to("/papers/team/growth");
    let late = FORM.replace("owner=team", "owner=stranger").replace("name=growth", "name=mine");
    world.send("stranger", "/new", &late).await.led_to("/papers/stranger/mine");
    // Nor by an older repo that begins to say so.
    let card = "---\ntitle: Mine\nauthors: [A]\narxiv: '2305.18290'\ndoi: 10.1038/x-1\n---\n";
    for text in [card.to_owned(), format!("{card}\nMore.\n")] {
        let files = [("README.md", text.as_str())];
        assert_eq!(publish(&world, "stranger", "papers", "stranger/older", &files).await.status, 200);
    }
    assert_eq!(json_of(&world, "/api/papers/2305.18290").await["repo"], "team/growth");
    assert_eq!(world.see("", "/papers/2305.18290").await.header("location"), "/papers/team/growth");
    // Whoever says so without a break keeps it, also under another card.
    let again = format!("{card}\nStill growing.\n");
    let files = [("README.md", again.as_str())];
    assert_eq!(publish(&world, "boss", "papers", "team/growth", &files).await.status, 200);
    assert_eq!(json_of(&world, "/api/papers/2305.18290").await["repo"], "team/growth");
}

#[tokio::test]
async fn the_pdf_of_a_hidden_paper_is_for_those_who_may_read_it() {
    let world = World::new().await;
    let hidden = FORM.replace("visibility=public", "visibility=private");
    world.send("boss", "/new", &hidden).await.led_to("/papers/team/growth");
    assert_eq!(
        publish(&world, "boss", "papers", "team/growth", &[("paper.pdf", "%PDF-1.4 x")]).await.status,
        200
    );
    let page = world.see("reader", "/papers/team/growth").await.text;
    let link = page.split_once("Download the PDF").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let link = link.split('"').next().unwrap();
    // A browser shows no cookie there.
    let answer = world.ask("GET", link, &[], "").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "%PDF-1.4 x"), "{link}");
    assert_eq!(world.see("stranger", "/papers/team/growth").await.status, 404);
}

#[tokio::test]
async fn every_repo_is_cited() {
    let world = World::new().await;
    let card = "---\ntitle: A tool\nauthors: [Ada Lovelace]\nlicense: mit\n---\n";
    assert_eq!(publish(&world, "boss", "code", "team/tool", &[("README.md", card)]).await.status, 200);
    let bib = world.ask("GET", "/code/team/tool/cite.bib", &[], "").await;
    assert_eq!(bib.header("content-type"), "application/x-bibtex; charset=utf-8");
    assert_eq!(bib.header("content-disposition"), "attachment; filename=\"tool.bib\"");
    assert!(bib.header("content-security-policy").contains("sandbox"));
    assert!(
        bib.text.contains("title = {{A tool}}") && bib.text.contains("author = {Lovelace, Ada}"),
        "{}",
        bib.text
    );
    assert!(
        bib.text.contains("url = {https://hub.example/code/team/tool}")
            || bib.text.contains("//hub.example/code/team/tool"),
        "{}",
        bib.text
    );
    let cff = world.ask("GET", "/code/team/tool/cite.cff", &[], "").await.text;
    assert!(cff.contains("type: software") && cff.contains("license: \"MIT\""), "{cff}");
    let first = json_of(&world, "/api/code/team/tool").await["sha"].as_str().unwrap().to_owned();
    assert!(cff.contains(&format!("commit: \"{first}\"")), "{cff}");

    // Its own file comes first, word for word, from the commit that has it on.
    let own = "# ours\ncff-version: 1.2.0\ntitle: The tool\nauthors:\n- family-names: Hopper\n  given-names: Grace\n";
    assert_eq!(publish(&world, "boss", "code", "team/tool", &[("CITATION.cff", own)]).await.status, 200);
    assert_eq!(world.ask("GET", "/code/team/tool/cite.cff", &[], "").await.text, own);
    let bib = world.ask("GET", "/code/team/tool/cite.bib", &[], "").await.text;
    assert!(bib.contains("@misc{hopper") && bib.contains("{{The tool}}"), "{bib}");
    let old = world.ask("GET", &format!("/code/team/tool/cite.bib?rev={first}"), &[], "").await.text;
    assert!(old.contains("@misc{lovelace") && old.contains(&first), "{old}");
    assert!(world.see("", "/code/team/tool").await.text.contains("@misc{hopper"));
    // One that cannot be read is a file like any other.
    assert_eq!(publish(&world, "boss", "code", "team/tool", &[("CITATION.cff", "- ][")]).await.status, 200);
    assert!(world.ask("GET", "/code/team/tool/cite.bib", &[], "").await.text.contains("@misc{lovelace"));

    // Models without any word on it, too; and nobody is told of a hidden one.
    let plain = world.ask("GET", "/team/open/cite.bib", &[], "").await.text;
    assert!(plain.contains("{{open}}") && plain.contains("author = {{team}}"), "{plain}");
    assert_eq!(world.ask("GET", "/team/hidden/cite.bib", &[], "").await.status, 404);
    assert!(
        world
            .browser(&world.sign_in("reader").await, "GET", "/team/hidden/cite.cff", "")
            .await
            .text
            .contains("hidden")
    );
    assert_eq!(world.ask("GET", "/team/open/cite.bib?rev=none", &[], "").await.status, 404);
}

#[tokio::test]
async fn gated_files_are_not_told_by_a_citation() {
    let world = World::new().await;
    let files = [
        ("README.md", "---\ntitle: Open title\n---\n"),
        ("CITATION.cff", "title: For those let in\nauthors:\n- name: Them\n"),
    ];
    assert_eq!(publish(&world, "boss", "datasets", "team/rows", &files).await.status, 200);
    let token = format!("Bearer {}", token(&world.commons, "boss").await);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let gate = json!({ "gated": "manual" }).to_string();
    assert_eq!(world.ask("PUT", "/api/datasets/team/rows/settings", &headers, &gate).await.status, 200);
    for path in ["/datasets/team/rows/cite.bib", "/datasets/team/rows/cite.cff", "/datasets/team/rows"] {
        let text = world.ask("GET", path, &[], "").await.text;
        assert!(text.contains("Open title") && !text.contains("let in"), "{path}: {text}");
        assert!(world.ask("GET", path, &headers[..1], "").await.text.contains("let in"), "{path}");
    }
}

#[tokio::test]
async fn code_has_releases_and_whoever_stands_on_it() {
    let world = World::new().await;
    let files = [("README.md", "---\nlicense: mit\n---\n"), ("LICENSE", "MIT License\n")];
    assert_eq!(publish(&world, "boss", "code", "team/tool", &files).await.status, 200);
    let token = format!("Bearer {}", token(&world.commons, "boss").await);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    for n in 0..12 {
        let tag = json!({ "tag": format!("v{n}") }).to_string();
        let made = world.ask("POST", "/api/code/team/tool/tag/main", &headers, &tag).await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let model = [("README.md", "---\ncode: [team/tool, team/absent]\n---\n")];
    assert_eq!(publish(&world, "boss", "models", "team/user", &model).await.status, 200);
    let page = world.see("", "/code/team/tool").await.text;
    for part in
        ["/code/team/tool/tree/v11", "All 12", "/code/team/tool/blob/main/LICENSE", "href=\"/team/user\""]
    {
        assert!(page.contains(part), "no {part}");
    }
    assert!(!page.contains("/code/team/tool/tree/v1\""), "the oldest are a page away");
    let page = world.see("", "/team/user").await.text;
    assert!(page.contains("href=\"/code/team/tool\"") && page.contains("team/absent"));
    assert!(!page.contains("href=\"/code/team/absent\""));
}

#[tokio::test]
async fn a_card_is_judged_before_it_is_sent() {
    let world = World::new().await;
    let card = "---\ntitle: T\nauthors:\n- name: Ada\n  orcid: 0000-0002-1825-0096\n---\n";
    let asked = json!({ "content": card, "repoType": "paper" }).to_string();
    let headers = [("content-type", "application/json")];
    let answer = world.ask("POST", "/api/validate-yaml", &headers, &asked).await;
    assert!(answer.status == 400 && answer.text.contains("the last sign of the ORCID"), "{}", answer.text);
    // What is wrong in it all the same is not shown, and nobody else gets the credit.
    assert_eq!(publish(&world, "boss", "papers", "team/wrong", &[("README.md", card)]).await.status, 200);
    let page = world.see("", "/papers/team/wrong").await.text;
    assert!(page.contains("Ada") && !page.contains("orcid.org"), "{page}");
}
