//! Repos found by words and by tags.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{Wanted, marks, name_words, words};
use seedcorn_db::listings::{self, Figure, Listing};
use seedcorn_db::search::{self, Among, Within, Words};
use seedcorn_db::{Tx, repos};

use super::people::Cast;
use crate::rows::{at, everything, model};

/// Makes a public repo with words.
async fn plant(tx: &mut Tx, cast: &Cast, (id, n): (&str, i64), name: &str, tags: &str, body: &str) {
    let repo = model(id, &cast.ada, name);
    assert!(repos::add(tx, &repo).await.unwrap());
    search::put_text(tx, &repo.id, n, body).await.unwrap();
    let tags = words(tags).chain(marks(repo.kind, repo.private, &repo.namespace)).collect();
    let words = Words { name: name_words(name), tags, body: words(body).collect() };
    search::enter(tx, n, &words).await.unwrap();
}

const EVERYTHING: Among<'static> = Among { kind: None, mine: &[], all: true, with: &[] };

/// Ids of what matches, the best first.
async fn found(tx: &mut Tx, query: &str, within: Within) -> Vec<String> {
    let wanted = Wanted::read(query);
    let mut found = search::matching(tx, &wanted, within, EVERYTHING, 10).await.unwrap();
    let count = search::count_matching(tx, &wanted, within, EVERYTHING, 10).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), found.len(), "{query}");
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    found.into_iter().map(|one| one.id.0).collect()
}

pub(crate) async fn words_are_found(tx: &mut Tx, cast: &Cast) {
    plant(
        tx,
        cast,
        ("s1", 1 << 60),
        "speech-base",
        "audio",
        "Norwegian speech, 12 hours of Größe and 大模型.",
    )
    .await;
    plant(tx, cast, ("s2", 7), "Wav2Vec3", "audio norwegian", "Nothing about spoken words.").await;
    plant(tx, cast, ("s3", 8), "other", "text", "speech speech speech").await;

    assert_eq!(found(tx, "speech", Within::All).await, ["s1", "s3"], "a name weighs more than a text");
    assert_eq!(found(tx, "SPEECH", Within::Names).await, ["s1"]);
    assert_eq!(found(tx, "norwegian", Within::NamesAndTags).await, ["s2"]);
    assert_eq!(found(tx, "norwegian", Within::Names).await, [""; 0]);
    assert_eq!(found(tx, "norw", Within::All).await, ["s2", "s1"], "a tag weighs more than a text");
    assert_eq!(found(tx, "norwegian hours", Within::All).await, ["s1"]);
    assert_eq!(found(tx, "wav 3", Within::All).await, ["s2"]);
    assert_eq!(found(tx, "wav2vec3", Within::All).await, ["s2"]);
    assert_eq!(found(tx, "größe", Within::All).await, ["s1"]);
    assert_eq!(found(tx, "模型", Within::All).await, ["s1"]);
    assert_eq!(found(tx, "peech", Within::All).await, [""; 0], "not in the middle of a word");
    for odd in ["or", "and not", "near", "body", "a:b", "'", "\"", "*", "null"] {
        let _ = found(tx, odd, Within::All).await;
    }
    let speech = Wanted::read("speech");
    assert_eq!(search::matching(tx, &speech, Within::All, EVERYTHING, 1).await.unwrap().len(), 1);
    assert_eq!(search::count_matching(tx, &speech, Within::All, EVERYTHING, 1).await.unwrap(), 1);
    assert_eq!(search::count_matching(tx, &Wanted::default(), Within::All, EVERYTHING, 1).await.unwrap(), 0);

    // Each search looks among its own.
    let (stranger, other) = (NamespaceId("nobody".into()), cast.ada.id.clone());
    for (kind, mine, all, count) in [
        (None, &[][..], false, 2),
        (Some(RepoKind::Model), &[], false, 2),
        (Some(RepoKind::Paper), &[], true, 0),
        (None, std::slice::from_ref(&stranger), false, 2),
        (None, std::slice::from_ref(&other), false, 2),
    ] {
        let among = Among { kind, mine, all, with: &[] };
        assert_eq!(
            search::count_matching(tx, &speech, Within::All, among, 9).await.unwrap(),
            count,
            "{among:?}"
        );
    }
    search::forget(tx, 8).await.unwrap();
    let tags = marks(RepoKind::Model, true, &other);
    search::enter(tx, 8, &Words { tags, body: vec!["speech".into()], ..Words::default() }).await.unwrap();
    for (mine, all, count) in [(&[][..], false, 1), (std::slice::from_ref(&other), false, 2), (&[], true, 2)]
    {
        let among = Among { kind: None, mine, all, with: &[] };
        assert_eq!(
            search::count_matching(tx, &speech, Within::All, among, 9).await.unwrap(),
            count,
            "{among:?}"
        );
        assert_eq!(search::matching(tx, &speech, Within::All, among, 9).await.unwrap().len() as i64, count);
    }

    // What is entered anew is found by its new words alone; what is forgotten by none.
    let id = RepoId("s3".into());
    let source = search::find(tx, &id).await.unwrap().unwrap();
    assert_eq!(
        (source.n, source.body.as_str(), source.full_name.as_str()),
        (Some(8), "speech speech speech", "Ada/other")
    );
    assert_eq!((source.kind, source.private, source.gated.as_str()), (RepoKind::Model, false, ""));
    search::put_text(tx, &id, 99, "song").await.unwrap();
    assert_eq!(search::find(tx, &id).await.unwrap().unwrap().n, Some(8), "the number stays");
    search::forget(tx, 8).await.unwrap();
    search::enter(tx, 8, &Words { body: vec!["song".into()], ..Words::default() }).await.unwrap();
    assert_eq!(found(tx, "speech", Within::All).await, ["s1"]);
    assert_eq!(found(tx, "song", Within::All).await, ["s3"]);
    search::forget(tx, 8).await.unwrap();
    assert_eq!(found(tx, "song", Within::All).await, [""; 0]);
    let texts = search::list_texts(tx, &[id, RepoId("none".into())]).await.unwrap();
    assert_eq!(texts, [("s3".to_owned(), "song".to_owned())]);
    // A repo without a text is there all the same.
    assert_eq!(search::find(tx, &RepoId("a1".into())).await.unwrap().unwrap().n, None);
    assert!(search::find(tx, &RepoId("none".into())).await.unwrap().is_none());
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(tag, facet)| ((*tag).to_owned(), (*facet).to_owned())).collect()
}

async fn among(
    tx: &mut Tx,
    what: &Listing<'_>,
    by: Option<Figure>,
    after: (i64, &str),
    limit: i64,
) -> Vec<(i64, String)> {
    let some = ["s3", "s1", "a3", "s2", "none"];
    let some: Vec<(RepoId, i64)> =
        some.iter().zip(1..).map(|(id, rank)| (RepoId((*id).into()), rank)).collect();
    let page = listings::list_among(tx, what, &some, by, after, limit).await.unwrap();
    page.into_iter().map(|(figure, listed)| (figure, listed.repo.id.0)).collect()
}

pub(crate) async fn tags_are_counted(tx: &mut Tx, _cast: &Cast) {
    let kind = RepoKind::Model;
    let (s1, s2, s3) = (RepoId("s1".into()), RepoId("s2".into()), RepoId("s3".into()));
    let mit = ("license:mit", "license");
    search::put_tags(tx, &s1, (kind, true), &pairs(&[("old", "other")])).await.unwrap();
    search::put_tags(tx, &s1, (kind, true), &pairs(&[mit, ("asr", "pipeline_tag"), mit])).await.unwrap();
    search::put_tags(tx, &s2, (kind, true), &pairs(&[("license:bsd", "license"), mit])).await.unwrap();
    search::put_tags(tx, &s3, (kind, false), &pairs(&[("license:bsd", "license"), ("tts", "pipeline_tag")]))
        .await
        .unwrap();
    assert_eq!(search::facets(tx, kind).await.unwrap(), ["license", "pipeline_tag"]);
    assert!(search::facets(tx, RepoKind::Space).await.unwrap().is_empty());
    let counts = search::count_tags(tx, kind, "license", 9).await.unwrap();
    assert_eq!(
        counts,
        [("license:mit".to_owned(), 2), ("license:bsd".to_owned(), 1)],
        "of public ones alone"
    );
    assert_eq!(search::count_tags(tx, kind, "license", 1).await.unwrap().len(), 1);
    let mut tagged = search::tagged(tx, kind, "license:bsd", 9).await.unwrap();
    tagged.sort();
    assert_eq!(tagged, [s2.clone(), s3]);
    assert!(search::tagged(tx, RepoKind::Dataset, "license:bsd", 9).await.unwrap().is_empty());

    let mut owned = search::owned(tx, kind, "ADA", 9).await.unwrap();
    owned.sort();
    let listed: Vec<&str> = owned.iter().map(RepoId::as_str).collect();
    assert_eq!(listed, ["a1", "r5", "s1", "s2", "s3"], "whoever may see them");
    assert!(search::owned(tx, RepoKind::Code, "ada", 9).await.unwrap().is_empty());
    for (text, expected) in [("WAV2", &["s2"][..]), ("ada/sp", &["s1"]), ("a_a", &[]), ("%", &[])] {
        let named = search::named(tx, kind, text, 9).await.unwrap();
        assert_eq!(named.iter().map(RepoId::as_str).collect::<Vec<_>>(), expected, "{text}");
    }

    // Lists narrowed by tags.
    let (both, mit) = (["license:mit".to_owned(), "asr".to_owned()], ["license:mit".to_owned()]);
    let start = (i64::MAX, "~");
    for (tags, expected) in
        [(&both[..], vec!["s1"]), (&mit, vec!["s1", "s2"]), (&[], vec!["a1", "s1", "s2", "s3"])]
    {
        let what = Listing { tags, author: "ada", all: false, ..everything() };
        let mut page = listings::list(tx, &what, Figure::Updated, start, 10).await.unwrap();
        page.sort_by(|a, b| a.repo.id.cmp(&b.repo.id));
        assert_eq!(crate::rows::listed_ids(&page), expected, "{tags:?}");
        let mut page = listings::list(tx, &what, Figure::Downloads, start, 10).await.unwrap();
        page.sort_by(|a, b| a.repo.id.cmp(&b.repo.id));
        assert_eq!(crate::rows::listed_ids(&page), expected, "{tags:?}");
    }
    any_of_tags(tx).await;
    some_of_many(tx, &mit, &s2).await;
    said_for_longest(tx).await;
}

/// Lists of what has one tag or another: each repo once, and only what the reader may see.
async fn any_of_tags(tx: &mut Tx) {
    let any = ["license:bsd".to_owned(), "license:mit".to_owned(), "none".to_owned()];
    let public = Listing { all: false, ..everything() };
    repos::set_visibility(tx, &RepoId("s3".into()), Some(true), None).await.unwrap();
    for (what, any, expected) in [
        (&public, &any[..], vec!["s1", "s2"]),
        (&everything(), &any, vec!["s1", "s2", "s3"]),
        (&public, &any[..1], vec!["s2"]),
        (&public, &any[2..], vec![]),
        (&public, &[], vec![]),
        (&Listing { kind: Some(RepoKind::Paper), ..everything() }, &any, vec![]),
    ] {
        let page = listings::list_tagged(tx, what, any, false, (i64::MAX, ""), 9).await.unwrap();
        let mut ids = crate::rows::listed_ids(&page);
        ids.sort_unstable();
        assert_eq!(ids, expected, "{any:?}");
        let count = listings::count_tagged(tx, what, any).await.unwrap();
        assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{any:?}");
    }
    let newest = listings::list_tagged(tx, &everything(), &any, false, (i64::MAX, ""), 1).await.unwrap();
    let all = listings::list_tagged(tx, &everything(), &any, false, (i64::MAX, ""), 9).await.unwrap();
    assert_eq!((newest.len(), all.len()), (1, 3));
    assert!(all.iter().all(|listed| listed.repo.created <= newest[0].repo.created));
    repos::set_visibility(tx, &RepoId("s3".into()), Some(false), None).await.unwrap();
}

/// Who has said so for longest comes first; whoever says it anew comes last, however old.
async fn said_for_longest(tx: &mut Tx) {
    let claim = ["arxiv:2305.18290".to_owned()];
    let pairs = [(claim[0].clone(), "arxiv".to_owned())];
    let kind = RepoKind::Model;
    for (id, moment, says) in [
        ("s3", 201, true),
        ("s1", 202, true),
        ("s2", 203, true),
        ("s3", 204, false),
        ("s1", 205, true),
        ("s3", 206, true),
    ] {
        let repo = RepoId(id.into());
        repos::touch(tx, &repo, at(moment)).await.unwrap();
        search::put_tags(tx, &repo, (kind, true), if says { &pairs } else { &[] }).await.unwrap();
    }
    let what = Listing { kind: Some(kind), ..everything() };
    let listed = listings::list_tagged(tx, &what, &claim, true, (i64::MAX, ""), 9).await.unwrap();
    assert_eq!(crate::rows::listed_ids(&listed), ["s1", "s2", "s3"]);
}

async fn some_of_many(tx: &mut Tx, mit: &[String], s2: &RepoId) {
    let start = (i64::MAX, "~");
    repos::count_downloads(tx, s2, 3).await.unwrap();
    repos::touch(tx, s2, at(99)).await.unwrap();
    let public = Listing { all: false, kind: None, ..everything() };
    let ids = |rows: &[(i64, String)]| rows.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
    assert_eq!(
        among(tx, &public, None, start, 9).await,
        [(4, "s2".into()), (2, "s1".into()), (1, "s3".into())]
    );
    assert_eq!(ids(&among(tx, &public, None, (4, "s2"), 1).await), ["s1"]);
    assert_eq!(ids(&among(tx, &everything(), Some(Figure::Downloads), start, 2).await), ["a3", "s2"]);
    assert_eq!(among(tx, &public, Some(Figure::Updated), start, 1).await, [(at(99).0, "s2".to_owned())]);
    assert_eq!(ids(&among(tx, &public, Some(Figure::Created), start, 9).await).len(), 3);
    let tagged = Listing { tags: mit, ..public.clone() };
    assert_eq!(ids(&among(tx, &tagged, None, start, 9).await), ["s2", "s1"]);
    for (what, expected) in [
        (Listing { kind: Some(RepoKind::Space), ..public.clone() }, vec![]),
        (Listing { author: "bob", ..public.clone() }, vec![]),
        (Listing { search: &["wav".into(), "ADA/".into()], ..public.clone() }, vec!["s2"]),
        (Listing { gated: Some(true), ..public.clone() }, vec![]),
        (Listing { gated: Some(false), ..public }, vec!["s2", "s1", "s3"]),
    ] {
        assert_eq!(ids(&among(tx, &what, None, start, 9).await), expected, "{what:?}");
    }
}
