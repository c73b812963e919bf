//! The first run is a welcome: somebody to be, a token, and the exact next commands.

use std::io::Write;

use seedcorn_commons::Commons;
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};

/// Who was made on the first run.
#[derive(Debug)]
pub(crate) struct First {
    name: String,
    token: String,
}

/// Makes the first member, who runs the hub, if nobody has an account yet.
pub(crate) async fn first_member(commons: &Commons, name: &str) -> anyhow::Result<Option<First>> {
    let (db, now) = (commons.database(), commons.now());
    if admin::any_member(db).await? {
        return Ok(None);
    }
    let new = NewNamespace { name: name.to_owned(), admin: true, ..NewNamespace::default() };
    let row = admin::add_member(db, new, now).await?;
    let token = NewToken {
        member: row.name.clone(),
        name: "first run".into(),
        role: TokenRole::Write,
        expires: None,
    };
    let token = admin::create_token(db, token, now).await?;
    Ok(Some(First { name: row.name, token }))
}

/// Prints where the hub is, and after the first run how to use it. The token is shown this once.
pub(crate) fn print(url: &str, first: Option<&First>) {
    let mut text = format!("listening on {url}\n");
    if let Some(First { name, token }) = first {
        text.push_str(&format!(
            "\nThis is the first run. You are \"{name}\", who runs this hub. Your token, shown this once:\n\n  \
             {token}\n\nTry it, in another shell (pip install huggingface_hub):\n\n  \
             export HF_ENDPOINT={url}\n  \
             export HF_TOKEN={token}\n  \
             hf upload {name}/my-first-model ./some-folder\n  \
             hf download {name}/my-first-model\n\n\
             More tokens: seedcorn admin token create {name} --role write\n"
        ));
    }
    let mut out = std::io::stdout().lock();
    // Nobody may be reading; the hub runs all the same.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
