//! A story through every function of the crate, the same on both databases; at its end every statement has run.

mod audit;
mod collecting;
mod content;
mod history;
mod hooks;
mod jobs;
mod liking;
mod lineage;
mod log;
mod openness;
mod people;
mod repositories;
mod requests;
mod rounds;
mod scan;
mod searching;
mod signing;
mod talking;
mod usage;

use std::collections::BTreeSet;

use seedcorn_db::{record, settings};

use crate::literals::statements_of;
use crate::place::Place;

on_both!(a_hub_lives);

async fn a_hub_lives(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let cast = people::arrive(&mut tx).await;
    people::keep_tokens(&mut tx, &cast).await;
    repositories::come_and_go(&mut tx, &cast).await;
    repositories::are_listed(&mut tx, &cast).await;
    searching::words_are_found(&mut tx, &cast).await;
    searching::tags_are_counted(&mut tx, &cast).await;
    history::refs_move(&mut tx, &cast).await;
    history::commits_pile_up(&mut tx, &cast).await;
    history::commits_come_in_heaps(&mut tx, &cast).await;
    history::packs_are_compacted(&mut tx, &cast).await;
    history::blobs_are_known(&mut tx, &cast).await;
    talking::people_discuss(&mut tx, &cast).await;
    talking::comments_are_written(&mut tx, &cast).await;
    talking::members_are_told(&mut tx, &cast).await;
    hooks::others_are_told(&mut tx, &cast).await;
    liking::works_are_liked(&mut tx, &cast).await;
    collecting::works_are_put_together(&mut tx, &cast).await;
    tx.commit().await.unwrap();

    let mut tx = place.db.write().await.unwrap();
    content::xorbs_are_stored(&mut tx, &cast).await;
    content::files_are_stored(&mut tx).await;
    content::chunks_are_found(&mut tx).await;
    content::only_some_may_read(&mut tx, &cast).await;
    content::uploads_come_in_parts(&mut tx, &cast).await;
    content::sizes_are_kept(&mut tx).await;
    facts_are_kept(&mut tx).await;
    people::all_is_counted(&mut tx, &cast).await;
    jobs::wait_their_turn(&mut tx, &cast).await;
    openness::grades_are_kept(&mut tx, &cast).await;
    lineage::who_builds_upon_whom(&mut tx, &cast).await;
    scan::what_may_harm(&mut tx, &cast).await;
    requests::who_asked(&mut tx, &cast).await;
    audit::who_did_what(&mut tx).await;
    signing::who_signed(&mut tx, &cast).await;
    usage::works_are_used(&mut tx, &cast).await;
    usage::some_are_trusted(&mut tx, &cast).await;
    usage::credit_is_read(&mut tx).await;
    rounds::a_pool_is_shared(&mut tx, &cast).await;
    log::grows(&mut tx).await;
    tx.commit().await.unwrap();
    place.db.checkpoint().await.unwrap();

    // Preparing a statement does not check what is bound to it nor what is decoded from it; running does.
    let ran = record::all(place.driver);
    let missing: BTreeSet<String> =
        statements_of(place.driver).into_iter().filter(|sql| !ran.contains(sql.as_str())).collect();
    assert!(missing.is_empty(), "never ran on {:?}: {missing:#?}", place.driver);
}

async fn facts_are_kept(tx: &mut seedcorn_db::Tx) {
    assert_eq!(settings::find(tx, "generation").await.unwrap(), None);
    assert_eq!(settings::put_if_absent(tx, "generation", "1").await.unwrap(), "1");
    assert_eq!(settings::put_if_absent(tx, "generation", "2").await.unwrap(), "1");
    settings::put(tx, "generation", "3").await.unwrap();
    assert_eq!(settings::find(tx, "generation").await.unwrap().as_deref(), Some("3"));
}
