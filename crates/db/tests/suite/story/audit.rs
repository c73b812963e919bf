//! Who did what.

use seedcorn_db::Tx;
use seedcorn_db::audit::{self, Line};

fn line(id: &str, name: &str, subject: &str) -> Line {
    let [actor, token, deed, says] = ["m", "t", "repo.delete", "{}"].map(str::to_owned);
    Line { id: id.into(), at: 1, actor, name: name.into(), token, deed, subject: subject.into(), says }
}

pub(crate) async fn who_did_what(tx: &mut Tx) {
    let all = [line("zz1", "aud-a", "x"), line("zz2", "aud-b", "aud-a"), line("zz3", "aud-b", "y")];
    for line in &all {
        audit::add(tx, line).await.unwrap();
    }
    let ids = async |tx: &mut Tx, name: &str, before: &str, limit| -> Vec<String> {
        audit::list(tx, name, before, limit).await.unwrap().into_iter().map(|line| line.id).collect()
    };
    assert_eq!(ids(tx, "", "", 2).await, ["zz3", "zz2"]);
    assert_eq!(ids(tx, "aud-a", "", 9).await, ["zz2", "zz1"], "what they did, and what was done to them");
    assert_eq!(ids(tx, "aud-a", "zz2", 9).await, ["zz1"]);
    assert_eq!(audit::list(tx, "aud-b", "", 1).await.unwrap(), [all[2].clone()]);
}
