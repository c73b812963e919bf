//! A log of others, kept whole.

use super::*;

/// Keeps a log of one hub at another, as its files are served.
async fn keep(at: &Commons, log: &Commons) -> Result<u64, String> {
    let of = Mirrored { key: super::key(log), url: "https://a.example/log/1".into() };
    let fetch = |path: String, limit: usize| {
        let log = log.clone();
        async move {
            let bytes = match path.as_str() {
                "checkpoint" => checkpoint(&log).await.map(String::into_bytes),
                _ => file(&log, &path).await.map(|bytes| bytes.to_vec()),
            };
            bytes.map_err(|error| error.to_string()).inspect(|bytes| assert!(bytes.len() <= limit))
        }
    };
    mirror(at, &of, fetch).await.unwrap()
}

#[tokio::test]
async fn a_log_of_others_is_kept_whole_and_another_past_is_not_taken_over() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let named = |origin: &str| Settings { origin: Some(origin.into()), ..Settings::default() };
    let log = small(folders[0].path(), 1, named(ORIGIN), "one").await;
    let at = small(folders[1].path(), 2, named("m.example/log/1"), "other").await;
    assert_eq!(keep(&at, &log).await, Ok(2));
    assert_eq!(keep(&at, &log).await, Ok(0), "nothing is new");
    let ada = admin::act_as(&log, "ada").await.unwrap();
    let grant: Grant<Propose> = authorize(&log, Some(&ada), RepoKind::Model, "ada/one").await.unwrap();
    for n in 0..300_u32 {
        whole(&log, &grant, "Count", vec![("n.txt".into(), n.to_string().into_bytes())]).await.unwrap();
        if n % 90 == 0 {
            while turn(&log).await.unwrap() {}
            keep(&at, &log).await.unwrap();
        }
    }
    while turn(&log).await.unwrap() {}
    assert!(keep(&at, &log).await.unwrap() > 0);
    let row = mirrors(&at).await.unwrap().pop().unwrap();
    assert_eq!((row.size, row.origin.as_str()), (302, ORIGIN));
    assert_eq!(mirror_checkpoint(&at, &row.name).await.unwrap(), checkpoint(&log).await.unwrap());
    for path in
        ["tile/0/000", "tile/0/001.p/46", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/46"]
    {
        assert_eq!(
            mirror_file(&at, &row.name, path).await.unwrap(),
            file(&log, path).await.unwrap(),
            "{path}"
        );
    }
    for (name, path) in [("0f", "tile/0/000"), (row.name.as_str(), "tile/0/002"), (&row.name, "../log")] {
        assert!(matches!(mirror_file(&at, name, path).await, Err(Refusal::NotFound(_))), "{path}");
    }

    // The same key with another past, shorter and as long: what is kept stays.
    let forked = small(folders[2].path(), 1, named(ORIGIN), "two").await;
    assert!(keep(&at, &forked).await.unwrap_err().contains("another past"));
    let ada = admin::act_as(&forked, "ada").await.unwrap();
    let grant: Grant<Propose> = authorize(&forked, Some(&ada), RepoKind::Model, "ada/two").await.unwrap();
    for n in 0..310_u32 {
        whole(&forked, &grant, "Count", vec![("n.txt".into(), n.to_string().into_bytes())]).await.unwrap();
    }
    while turn(&forked).await.unwrap() {}
    assert!(keep(&at, &forked).await.unwrap_err().contains("do not lead to the root"));
    assert_eq!(mirror_checkpoint(&at, &row.name).await.unwrap(), checkpoint(&log).await.unwrap());
    assert_eq!(keep(&at, &log).await, Ok(0), "and goes on");
}
