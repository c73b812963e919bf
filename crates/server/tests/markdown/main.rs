//! Rendered Markdown as a browser would see it: parsed again, and looked at element by element.

mod checker;
mod hostile;
mod soup;
mod vectors;

use seedcorn_server::web::markdown::{Links, Rendered, render};

/// A repo at a revision.
struct Repo;

impl Links for Repo {
    fn image(&self, path: &str) -> String {
        format!("/ada/birds/resolve/main/{path}")
    }

    fn link(&self, path: &str, folder: bool) -> String {
        format!("/ada/birds/{}/main/{path}", if folder { "tree" } else { "blob" })
    }
}

/// Renders, and has the result checked.
#[track_caller]
fn safe(source: &str) -> Rendered {
    let rendered = render(source, &Repo);
    if let Err(complaint) = checker::check(&rendered) {
        panic!("{complaint}\n--- source\n{}\n--- html\n{}", clip(source), clip(&rendered.html));
    }
    rendered
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(2000)]
}
