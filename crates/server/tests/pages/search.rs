//! Searching, and lists narrowed by tags.

use crate::world::World;

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    let rest = &text[start..];
    &rest[..rest.find(to).unwrap_or_else(|| panic!("no {to} behind {from}"))]
}

async fn page(world: &World, path: &str, token: Option<&str>) -> String {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    let answer = world.ask("GET", path, &headers, "").await;
    assert_eq!(answer.status, 200, "{path}");
    answer.text
}

/// Names in a list, in its order.
fn names(page: &str) -> Vec<String> {
    let entries = page.split("<li class=\"entry\">").skip(1);
    entries
        .map(|entry| {
            let mut heading = between(entry, "<h3>", "</h3>");
            let mut text = String::new();
            while let Some((before, rest)) = heading.split_once('<') {
                text.push_str(before);
                heading = rest.split_once('>').unwrap().1;
            }
            text.split_once(" / ").unwrap().1.to_owned()
        })
        .collect()
}

#[tokio::test]
async fn one_box_for_all() {
    let world = World::new().await;
    // A word of a card is marked where it stands, and a name goes before it.
    let found = page(&world, "/search?q=tokenizer", None).await;
    assert!(found.contains("<mark>"), "{found}");
    let found = page(&world, "/search?q=hidden", None).await;
    assert!(
        names(&found).is_empty() && found.contains("Nothing matches"),
        "told of a hidden repo: {:?}",
        names(&found)
    );
    let found = page(&world, "/search?q=HIDD", Some(&world.token)).await;
    assert_eq!(names(&found), ["hidden"]);
    assert!(found.contains("<mark>hidden</mark></a></h3>"), "{found}");
    let found = page(&world, "/search?q=acorn-la", None).await;
    assert!(found.contains("Groups: <a href=\"/acorn-lab\">"), "{found}");
    let found = page(&world, "/search?q=ada", None).await;
    assert!(found.contains("member or group called <a href=\"/ada\">"));
    let found = page(&world, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", None).await;
    assert!(!found.contains("<script>alert"));
    for odd in ["", "%22", "*", "a%00b", "%F0%9F%8C%BD", "NEAR(a%20b)", "'", "OR"] {
        page(&world, &format!("/search?q={odd}"), None).await;
    }
    // What is too long is cut, in the box as well, and searched all the same.
    let long = page(&world, &format!("/search?q={}", "ä".repeat(1000)), None).await;
    let cut = between(&long, "name=\"q\" type=\"search\" value=\"", "\"");
    assert!(!cut.is_empty() && cut.len() < 1000 && long.contains("Nothing matches"), "{cut}");
}

#[tokio::test]
async fn lists_are_narrowed() {
    let world = World::new().await;
    let all = page(&world, "/models", None).await;
    let count = names(&all).len();
    assert!(count > 2, "{:?}", names(&all));
    // The first value of a facet narrows the list; the same link takes it off again.
    let href =
        between(&all, "<li><a rel=\"nofollow\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
    assert!(href.contains("tag="), "{href}");
    let some = page(&world, &href, None).await;
    assert!((1..=count).contains(&names(&some).len()), "{href}");
    assert!(some.contains("aria-current=\"true\"><span class=\"sr\">Without </span>"), "{href}");
    let none = page(&world, "/models?tag=license:never", None).await;
    assert!(names(&none).is_empty() && none.contains("Nothing matches") && none.contains("license:never"));
    // In pages, none twice.
    let mine = page(&world, "/models?author=nobody", None).await;
    assert!(names(&mine).is_empty());
    let tags: String = (0..30).map(|n| format!("&tag=t{n}")).collect();
    assert_eq!(world.ask("GET", &format!("/models?q=x{tags}"), &[], "").await.status, 400);
}

#[tokio::test]
async fn what_is_built_upon_stands_on_the_home_page() {
    let world = World::new().await;
    let home = page(&world, "/", None).await;
    assert!(home.contains("Most built upon"));
    let base = between(&home, "id=\"bases\"", "</aside>");
    let list =
        between(base, "<a class=\"dim small\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
    let builders = names(&page(&world, &list, None).await);
    assert!(base.contains(&format!("{} model", builders.len())), "{base} {builders:?}");
}

#[tokio::test]
async fn lists_are_narrowed_by_size() {
    let world = World::new().await;
    world.work().await;
    let all = page(&world, "/models", None).await;
    let link = between(&all, "<summary>Parameters</summary>", "</ul>");
    let path = between(link, "href=\"", "\"").replace("&amp;", "&").replace("&#38;", "&");
    assert!(path.contains("parameters=max%3A1B"), "{path}");
    let small = page(&world, &path, None).await;
    assert!(names(&small).contains(&"acorn-tiny".to_owned()), "{:?}", names(&small));
    assert!(small.contains("name=\"parameters\" value=\"max:1B\""), "a search within the list keeps it");
    let none = page(&world, "/models?parameters=min:900B", None).await;
    assert!(names(&none).is_empty() && none.contains("900B and more"));
    page(&world, "/models?parameters=nonsense", None).await;
    let asked = |query: &str| format!("/api/models?num_parameters={query}");
    let told = page(&world, &asked("min:1M,max:1B"), None).await;
    assert!(told.contains("acorn-lab/acorn-tiny"), "{told}");
    assert_eq!(page(&world, &asked("min:900B"), None).await, "[]");
    assert_eq!(world.ask("GET", &asked("7B"), &[], "").await.status, 400);
}
