-- Names and facts; never a byte of a large file. Times are microseconds UTC, ids UUIDv7 texts, digests as text, so that lists of them
-- can be given as JSON.

-- One row a fact about this store: its generation, and when it was made.
CREATE TABLE setting (
  name CLOB NOT NULL PRIMARY KEY,
  value CLOB NOT NULL
);

-- Who can own repos: members (people) and groups. Never deleted, so that a name is never handed to somebody else.
CREATE TABLE namespace (
  id CLOB NOT NULL PRIMARY KEY,
  name CLOB NOT NULL,
  folded CLOB NOT NULL UNIQUE,
  kind CLOB NOT NULL,
  full_name CLOB NOT NULL,
  sought CLOB NOT NULL, -- the same in lower case, as SQLite cannot make it
  admin BOOLEAN NOT NULL,
  disabled BOOLEAN NOT NULL,
  private_default BOOLEAN NOT NULL,
  pull_policy CLOB NOT NULL, -- what it requires of the openness of what its members pull
  created BIGINT NOT NULL
);

CREATE TABLE membership (
  team CLOB NOT NULL REFERENCES namespace (id),
  member CLOB NOT NULL REFERENCES namespace (id),
  role CLOB NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (team, member)
);
CREATE INDEX membership_member ON membership (member);

-- Access tokens and browsers' sessions, by the SHA-256 of their secret.
CREATE TABLE token (
  id CLOB NOT NULL PRIMARY KEY,
  member CLOB NOT NULL REFERENCES namespace (id),
  name CLOB NOT NULL,
  hash CLOB NOT NULL UNIQUE,
  hint CLOB NOT NULL,
  role CLOB NOT NULL,
  scopes CLOB NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT,
  revoked BIGINT,
  parent CLOB REFERENCES token (id)
);
CREATE INDEX token_member ON token (member);
CREATE INDEX token_parent ON token (parent);

-- Sign-ins that a program began and a browser is to confirm.
CREATE TABLE device (
  hash CLOB NOT NULL PRIMARY KEY,
  code CLOB NOT NULL UNIQUE,
  client CLOB NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  polled BIGINT NOT NULL,
  answer CLOB NOT NULL,
  token CLOB REFERENCES token (id)
);
CREATE INDEX device_expires ON device (expires);

-- Passwords of those who have one, as Argon2id hashes.
CREATE TABLE password (
  member CLOB NOT NULL PRIMARY KEY REFERENCES namespace (id),
  hash CLOB NOT NULL,
  changed BIGINT NOT NULL
);

-- Links that are good once, by the SHA-256 of their secret: to join, or to set a member's password.
CREATE TABLE link (
  hash CLOB NOT NULL PRIMARY KEY,
  purpose CLOB NOT NULL,
  member CLOB REFERENCES namespace (id),
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  used BIGINT
);

CREATE TABLE repo (
  id CLOB NOT NULL PRIMARY KEY,
  kind CLOB NOT NULL,
  namespace CLOB NOT NULL REFERENCES namespace (id),
  name CLOB NOT NULL,
  private BOOLEAN NOT NULL,
  gated CLOB NOT NULL,
  disabled CLOB NOT NULL DEFAULT '', -- why whoever runs the hub took it down; it is private as long as it is
  was_private BOOLEAN NOT NULL DEFAULT FALSE, -- whether it was before
  sdk CLOB NOT NULL,
  downloads BIGINT NOT NULL,
  likes BIGINT NOT NULL DEFAULT 0,
  rewritten BIGINT NOT NULL DEFAULT 0,
  numbers BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  gone BIGINT,
  parameters BIGINT, -- of the model on the default branch, once they were counted
  stored BIGINT, -- bytes of its chunks, each once, once they were weighed
  only_here BIGINT, -- those of them that no other public repo has
  openness BIGINT, -- of the default branch, once it was graded: 100 times the class (0 none, 3 the best) and the parts that count
  openness_possible BIGINT, -- the same of what may be
  graded_oid CLOB, -- the commit that was graded
  graded_rules CLOB, -- by which versions of rules and licences
  -- The last, since they may be long: SQLite reads a row's bytes up to the last column that is asked for.
  card CLOB NOT NULL,
  tags CLOB NOT NULL
);
-- One a figure that lists are ordered by.
CREATE INDEX repo_updated ON repo (kind, updated, id);
CREATE INDEX repo_created ON repo (kind, created, id);
CREATE INDEX repo_downloads ON repo (kind, downloads, id);
CREATE INDEX repo_likes ON repo (kind, likes, id);
CREATE INDEX repo_openness ON repo (kind, openness, id);
CREATE INDEX repo_parameters ON repo (parameters) WHERE parameters IS NOT NULL;
CREATE INDEX repo_counted ON repo (kind, private) WHERE gone IS NULL;
CREATE INDEX repo_namespace ON repo (namespace, kind);

-- Every name a repo has or had, folded to lower case; an old name leads to the repo for ever.
CREATE TABLE repo_name (
  kind CLOB NOT NULL,
  folded CLOB NOT NULL,
  spelled CLOB NOT NULL,
  repo CLOB NOT NULL REFERENCES repo (id),
  PRIMARY KEY (kind, folded)
);

-- The tags of a repo, each with its facet: lists are narrowed by them, and counted. `kind` and `public` stand here as well,
-- so that a count reads one index and no repo.
CREATE TABLE repo_tag (
  repo CLOB NOT NULL REFERENCES repo (id),
  tag CLOB NOT NULL,
  folded CLOB NOT NULL, -- the tag in lower case: cards name works in whatever case
  facet CLOB NOT NULL,
  kind CLOB NOT NULL,
  public BOOLEAN NOT NULL,
  since BIGINT NOT NULL, -- since when the card says so, without a break
  PRIMARY KEY (repo, tag)
);
CREATE INDEX repo_tag_found ON repo_tag (kind, tag, repo);
CREATE INDEX repo_tag_folded ON repo_tag (kind, folded, repo);
CREATE INDEX repo_tag_counted ON repo_tag (kind, facet, tag) WHERE public;

-- What a card says as plain text, from which excerpts are cut; `n` is the repo's number in the index of words.
CREATE TABLE repo_text (
  repo CLOB NOT NULL PRIMARY KEY REFERENCES repo (id),
  n BIGINT NOT NULL UNIQUE,
  body CLOB NOT NULL
);

-- Work to be done after the transaction that asked for it; `due` moves on while somebody does it.
CREATE TABLE job (
  kind CLOB NOT NULL,
  repo CLOB NOT NULL REFERENCES repo (id),
  tries BIGINT NOT NULL,
  due BIGINT NOT NULL,
  PRIMARY KEY (kind, repo)
);
CREATE INDEX job_due ON job (due);

-- Moving names: `refs/heads/…`, `refs/tags/…`, `refs/pr/N`. They move by compare-and-swap on target.
CREATE TABLE ref (
  repo CLOB NOT NULL REFERENCES repo (id),
  name CLOB NOT NULL,
  target CLOB NOT NULL,
  moved BIGINT NOT NULL,
  tag CLOB,
  PRIMARY KEY (repo, name)
);

-- The commit graph: history and negotiation without reading an object. `parents` is object ids with spaces between.
CREATE TABLE git_commit (
  repo CLOB NOT NULL REFERENCES repo (id),
  oid CLOB NOT NULL,
  tree CLOB NOT NULL,
  parents CLOB NOT NULL,
  generation BIGINT NOT NULL,
  author CLOB NOT NULL,
  message CLOB NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (repo, oid)
);
CREATE INDEX git_commit_generation ON git_commit (repo, generation, oid);

-- Packs: one a commit or push, until they are merged. Small ones live here, whole; larger ones in the depot. A thin
-- pack may hold deltas whose base lies in an older pack of the repo; `seq` tells which is older, whatever the clock does.
-- One in the depot has a place that no other pack was ever given. The row of a removed pack stays: should the same pack
-- be sent again, what it holds is in the one that replaced it.
CREATE TABLE pack (
  repo CLOB NOT NULL REFERENCES repo (id),
  id CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  objects BIGINT NOT NULL,
  origin CLOB NOT NULL,
  thin BOOLEAN NOT NULL,
  place CLOB,
  pack BLOB,
  idx BLOB,
  seq BIGINT NOT NULL,
  created BIGINT NOT NULL,
  superseded BIGINT,
  removed BIGINT,
  PRIMARY KEY (repo, id)
);
CREATE INDEX pack_superseded ON pack (superseded) WHERE superseded IS NOT NULL AND removed IS NULL;

-- Facts of a blob in a repo: its size and SHA-256, and for a pointer those of the file it points to.
CREATE TABLE blob_fact (
  repo CLOB NOT NULL REFERENCES repo (id),
  oid CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  own_sha256 CLOB NOT NULL,
  sha256 CLOB,
  file_bytes BIGINT,
  PRIMARY KEY (repo, oid)
);

-- Xorbs that are stored and verified. Small ones live here, whole (frames and footer); of a larger one `place` is the
-- last part of its object's name.
CREATE TABLE xorb (
  hash CLOB NOT NULL PRIMARY KEY,
  chunks BIGINT NOT NULL,
  raw_bytes BIGINT NOT NULL,
  packed_bytes BIGINT NOT NULL,
  place CLOB,
  body BLOB,
  created BIGINT NOT NULL,
  touched BIGINT NOT NULL
);

-- Who proved to hold a xorb's bytes by sending them, and to which repo: a token for one repo opens nothing that was
-- sent to another.
CREATE TABLE xorb_sender (
  xorb CLOB NOT NULL REFERENCES xorb (hash),
  member CLOB NOT NULL REFERENCES namespace (id),
  repo CLOB NOT NULL REFERENCES repo (id),
  PRIMARY KEY (xorb, member, repo)
);

-- Runs of chunks that an answer to a dedup query named: a client refers to them until the answer expires, whatever
-- became of the repos they were read from.
CREATE TABLE xorb_told (
  xorb CLOB NOT NULL REFERENCES xorb (hash),
  member CLOB NOT NULL REFERENCES namespace (id),
  repo CLOB NOT NULL, -- for a token that is not for all repos, the one it was used with; else empty
  first BIGINT NOT NULL,
  past BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (xorb, member, repo, first, past)
);
CREATE INDEX xorb_told_until ON xorb_told (until);

-- Whole files, every one verified: its Xet hash, its SHA-256, and the runs of chunks it is made of.
CREATE TABLE xet_file (
  hash CLOB NOT NULL PRIMARY KEY,
  sha256 CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX xet_file_sha256 ON xet_file (sha256);

CREATE TABLE xet_term (
  file CLOB NOT NULL REFERENCES xet_file (hash),
  n BIGINT NOT NULL,
  xorb CLOB NOT NULL REFERENCES xorb (hash),
  raw_bytes BIGINT NOT NULL,
  first BIGINT NOT NULL,
  past BIGINT NOT NULL,
  PRIMARY KEY (file, n)
);
CREATE INDEX xet_term_xorb ON xet_term (xorb);

-- Files that a commit of the repo names: whoever may read the repo may read them.
CREATE TABLE repo_file (
  repo CLOB NOT NULL REFERENCES repo (id),
  file CLOB NOT NULL REFERENCES xet_file (hash),
  PRIMARY KEY (repo, file)
);
CREATE INDEX repo_file_file ON repo_file (file);

-- Files that a member sent to a repo and no commit names yet: theirs alone.
CREATE TABLE sent_file (
  repo CLOB NOT NULL REFERENCES repo (id),
  file CLOB NOT NULL REFERENCES xet_file (hash),
  member CLOB NOT NULL REFERENCES namespace (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (repo, file, member)
);
CREATE INDEX sent_file_file ON sent_file (file);

-- Where some chunks are: the first of each file and about one in 16. One in 1024 answers clients' global dedup
-- queries; the rest let the server find shared runs early when it takes a file apart itself.
CREATE TABLE chunk (
  hash CLOB NOT NULL,
  xorb CLOB NOT NULL REFERENCES xorb (hash),
  n BIGINT NOT NULL,
  PRIMARY KEY (hash, xorb)
);

-- What a repo's contents say of the model's size, by the id of a tree or what names a file's content: kept so that each
-- header is read once.
CREATE TABLE weights (
  repo CLOB NOT NULL REFERENCES repo (id),
  content CLOB NOT NULL,
  says CLOB NOT NULL,
  PRIMARY KEY (repo, content)
);

-- What was found of the openness of a commit, by the versions of the rules and the licences; verdicts are made of it.
CREATE TABLE openness (
  repo CLOB NOT NULL REFERENCES repo (id),
  oid CLOB NOT NULL,
  rules CLOB NOT NULL,
  graded BIGINT NOT NULL,
  class BIGINT NOT NULL,
  possible BIGINT NOT NULL,
  findings CLOB NOT NULL,
  PRIMARY KEY (repo, oid, rules)
);

-- What became of the openness of a default branch: `oid` is the commit at which it was seen, `was` the one graded before.
CREATE TABLE openness_event (
  repo CLOB NOT NULL REFERENCES repo (id),
  at BIGINT NOT NULL,
  was CLOB NOT NULL,
  oid CLOB NOT NULL,
  says CLOB NOT NULL,
  PRIMARY KEY (repo, at)
);

-- What people say of single pieces of evidence, as they signed it.
CREATE TABLE openness_review (
  repo CLOB NOT NULL REFERENCES repo (id),
  n BIGINT NOT NULL,
  note CLOB NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (repo, n)
);

-- What releases name elsewhere, found or not, in lower case: whoever names a repo that changes is graded anew.
CREATE TABLE openness_link (
  repo CLOB NOT NULL REFERENCES repo (id),
  kind CLOB NOT NULL,
  name CLOB NOT NULL,
  PRIMARY KEY (repo, kind, name)
);
CREATE INDEX openness_link_found ON openness_link (kind, name, repo);

-- What names the tensors of a file, by what names the file's content: the bytes of each are read once.
CREATE TABLE tensor_file (
  content CLOB NOT NULL PRIMARY KEY,
  says CLOB NOT NULL
);

-- What may harm whoever opens a file, by what names the file's content and as what it is looked into: by which rules it was looked into,
-- and what was found, a JSON text.
CREATE TABLE scan_file (
  content CLOB NOT NULL PRIMARY KEY,
  rules BIGINT NOT NULL,
  says CLOB NOT NULL
);

-- The same of a branch, a tag or a pull request, by its whole name: its commit, and the files in which something was found.
CREATE TABLE scan_ref (
  repo CLOB NOT NULL REFERENCES repo (id),
  name CLOB NOT NULL,
  oid CLOB NOT NULL,
  rules BIGINT NOT NULL,
  says CLOB NOT NULL,
  PRIMARY KEY (repo, name)
);
CREATE INDEX scan_ref_oid ON scan_ref (repo, oid);

-- Who did what with accounts, rights and works: for those who run the hub. `actor` is a member or, for the command line, empty; names are
-- those of then. Lines are added and never changed.
CREATE TABLE audit (
  id CLOB NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor CLOB NOT NULL,
  name CLOB NOT NULL,
  token CLOB NOT NULL,
  deed CLOB NOT NULL,
  subject CLOB NOT NULL,
  says CLOB NOT NULL
);

-- Who asked for the files of a gated repo, and what was said to that: `status` is pending, accepted or rejected; `fields` is what the form
-- asked for, a JSON object, and `reason` why it was rejected.
CREATE TABLE access_request (
  repo CLOB NOT NULL REFERENCES repo (id),
  member CLOB NOT NULL REFERENCES namespace (id),
  id CLOB NOT NULL UNIQUE,
  status CLOB NOT NULL,
  fields CLOB NOT NULL,
  reason CLOB NOT NULL,
  asked BIGINT NOT NULL,
  handled BIGINT,
  PRIMARY KEY (repo, member)
);
CREATE INDEX access_request_status ON access_request (repo, status, asked, id);
CREATE INDEX access_request_member ON access_request (member, asked);

-- What the signatures of a member or group are made with: a public key or certificate (PEM), or an identity and who says so. `print` names
-- it, and is what the log has of it; `salt` keeps an identity there from being guessed.
CREATE TABLE signer (
  id CLOB NOT NULL PRIMARY KEY,
  namespace CLOB NOT NULL REFERENCES namespace (id),
  kind CLOB NOT NULL,
  label CLOB NOT NULL,
  value CLOB NOT NULL,
  issuer CLOB NOT NULL,
  salt CLOB NOT NULL,
  print CLOB NOT NULL,
  added BIGINT NOT NULL,
  revoked BIGINT
);
CREATE INDEX signer_namespace ON signer (namespace, added, id);

-- What signatures on the default branch of a repo come to: its commit, by what rules and whose root of trust, and a JSON text.
CREATE TABLE signed_repo (
  repo CLOB NOT NULL PRIMARY KEY REFERENCES repo (id),
  oid CLOB NOT NULL,
  policy CLOB NOT NULL,
  says CLOB NOT NULL
);

-- When a signature was first seen in a repo, by the SHA-256 of its bundle: on whichever branch, and whatever becomes of that.
CREATE TABLE bundle_seen (
  repo CLOB NOT NULL REFERENCES repo (id),
  bundle CLOB NOT NULL,
  seen BIGINT NOT NULL,
  PRIMARY KEY (repo, bundle)
);

-- Marks of the default branch of a repo, by which it is known again elsewhere: what names the bytes of a tensor, or its build; how
-- many bytes that is, and since when the repo has it. One that the branch has no longer stays: whoever had something first had it first.
CREATE TABLE mark (
  repo CLOB NOT NULL REFERENCES repo (id),
  print CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  since BIGINT NOT NULL,
  gone BIGINT,
  PRIMARY KEY (repo, print)
);
CREATE INDEX mark_print ON mark (print, since, repo);

-- What works build upon: as they say themselves (declared), as their bytes show (measured), as their build hints (inferred).
-- `parent` is what names the other work, `parent_repo` that work if it is here, `parent_oid` its commit when the derivation was first
-- seen, `oid` the child's. One that is no longer seen stays, with the moment since when; one that is seen again is another.
CREATE TABLE derivation (
  child CLOB NOT NULL REFERENCES repo (id),
  state CLOB NOT NULL,
  way CLOB NOT NULL,
  parent CLOB NOT NULL,
  parent_repo CLOB REFERENCES repo (id),
  parent_oid CLOB,
  oid CLOB NOT NULL,
  since BIGINT NOT NULL,
  gone BIGINT,
  says CLOB NOT NULL, -- where it is said, or what was measured
  named BOOLEAN NOT NULL DEFAULT FALSE, -- of what is measured, whether the child says so as well
  PRIMARY KEY (child, state, way, parent, since)
);
CREATE INDEX derivation_unnamed ON derivation (parent_repo, child) WHERE state = 'measured' AND gone IS NULL AND NOT named;
CREATE INDEX derivation_parent ON derivation (parent_repo, child);
CREATE INDEX derivation_named ON derivation (parent, child);

-- What those who run one of two works say of a derivation between them: against it, or in answer.
CREATE TABLE derivation_word (
  child CLOB NOT NULL REFERENCES repo (id),
  parent CLOB NOT NULL,
  n BIGINT NOT NULL,
  member CLOB NOT NULL REFERENCES namespace (id),
  of_child BOOLEAN NOT NULL, -- whether it is said for the child, else for the parent
  contests BOOLEAN NOT NULL,
  words CLOB NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (child, parent, n)
);

-- What one consumer took of a work on a day: a member by id, others by what tells them apart on that day and means nothing on another.
-- Once the day is over it is summed up (counted), and only the days on which members used something are kept one by one.
CREATE TABLE used (
  repo CLOB NOT NULL REFERENCES repo (id),
  day BIGINT NOT NULL,
  who CLOB NOT NULL,
  sort CLOB NOT NULL,
  requests BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  counted BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (repo, day, who)
);
CREATE INDEX used_open ON used (day, repo) WHERE NOT counted;
CREATE INDEX used_who ON used (who, repo, day) WHERE counted;
CREATE INDEX used_old ON used (day) WHERE counted;

-- Members who want their use to count for credit: of nobody else a day of use is kept.
CREATE TABLE counts_for_credit (
  member CLOB NOT NULL PRIMARY KEY REFERENCES namespace (id)
);

CREATE TABLE used_day (
  repo CLOB NOT NULL REFERENCES repo (id),
  day BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  members BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  machines BIGINT NOT NULL,
  PRIMARY KEY (repo, day)
);
CREATE INDEX used_day_day ON used_day (day, repo);

-- Panels of members from which trust goes out, and who vouches for whom.
CREATE TABLE seat (
  panel CLOB NOT NULL,
  member CLOB NOT NULL REFERENCES namespace (id),
  PRIMARY KEY (panel, member)
);

CREATE TABLE vouching (
  by_member CLOB NOT NULL REFERENCES namespace (id),
  of_member CLOB NOT NULL REFERENCES namespace (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (by_member, of_member)
);
CREATE INDEX vouching_of ON vouching (of_member);

-- Rounds, in which a pool of money is shared among works. `state` is open, tallied (may be challenged) or posted; `tallies` counts how
-- often it was tallied, and `bundle` is the last tally: inputs, parameters, result.
CREATE TABLE round (
  id CLOB NOT NULL PRIMARY KEY,
  name CLOB NOT NULL UNIQUE,
  title CLOB NOT NULL,
  about CLOB NOT NULL,
  currency CLOB NOT NULL,
  digits BIGINT NOT NULL,
  rules CLOB NOT NULL,
  state CLOB NOT NULL,
  opened BIGINT NOT NULL,
  closes BIGINT NOT NULL,
  challenge_secs BIGINT NOT NULL,
  challenged_until BIGINT,
  tallies BIGINT NOT NULL
);
CREATE INDEX round_opened ON round (opened, id);

-- What a round came to each time that it was tallied, also where that was withdrawn: the bytes of a bundle.
CREATE TABLE tally (
  round CLOB NOT NULL REFERENCES round (id),
  n BIGINT NOT NULL,
  bundle CLOB NOT NULL,
  PRIMARY KEY (round, n)
);

-- Works that take part in a round, and why one is left out of it.
CREATE TABLE entrant (
  round CLOB NOT NULL REFERENCES round (id),
  repo CLOB NOT NULL REFERENCES repo (id),
  entered BIGINT NOT NULL,
  left_out CLOB NOT NULL,
  PRIMARY KEY (round, repo)
);

-- What is known by a name alone and has no part of a round, with why.
CREATE TABLE left_out (
  round CLOB NOT NULL REFERENCES round (id),
  work CLOB NOT NULL,
  why CLOB NOT NULL,
  PRIMARY KEY (round, work)
);

-- What members say against a result, and what is answered.
CREATE TABLE challenge (
  round CLOB NOT NULL REFERENCES round (id),
  n BIGINT NOT NULL,
  tally BIGINT NOT NULL,
  member CLOB NOT NULL REFERENCES namespace (id),
  words CLOB NOT NULL,
  at BIGINT NOT NULL,
  answer CLOB NOT NULL,
  answered BIGINT,
  PRIMARY KEY (round, n)
);

-- The book of a round, line by line: it only grows.
CREATE TABLE book_line (
  round CLOB NOT NULL REFERENCES round (id),
  n BIGINT NOT NULL,
  id CLOB NOT NULL,
  entry CLOB NOT NULL,
  seal CLOB NOT NULL,
  PRIMARY KEY (round, n),
  UNIQUE (round, id)
);

-- Discussions and pull requests of a repo, which share their numbers. What a pull request asks to be merged is at `refs/pr/N`.
CREATE TABLE discussion (
  repo CLOB NOT NULL REFERENCES repo (id),
  number BIGINT NOT NULL,
  author CLOB NOT NULL REFERENCES namespace (id),
  title CLOB NOT NULL,
  base CLOB NOT NULL, -- the ref that it asks to be merged into; empty for what is no pull request
  status CLOB NOT NULL, -- draft, open, closed, merged
  merged CLOB, -- the commit that it was merged by
  parted CLOB, -- the commit that the base was at before
  locked BOOLEAN NOT NULL,
  events BIGINT NOT NULL, -- how many there were, which is the place of the last
  comments BIGINT NOT NULL,
  bytes BIGINT NOT NULL, -- of all that was written in it, earlier versions too
  created BIGINT NOT NULL,
  moved BIGINT NOT NULL, -- when something happened last
  PRIMARY KEY (repo, number)
);
CREATE INDEX discussion_author ON discussion (repo, author, status);

-- What happened in one: a comment, whose Markdown is in `says`, or another title, state or lock, which is told there in JSON.
CREATE TABLE discussion_event (
  id CLOB NOT NULL PRIMARY KEY,
  repo CLOB NOT NULL REFERENCES repo (id),
  number BIGINT NOT NULL,
  place BIGINT NOT NULL,
  author CLOB NOT NULL REFERENCES namespace (id),
  kind CLOB NOT NULL, -- comment, title-change, status-change, lock
  says CLOB NOT NULL,
  line CLOB NOT NULL, -- which line of which file a comment is on, in JSON; empty for one that is on none
  edits BIGINT NOT NULL,
  edited BIGINT, -- when it was edited last
  hidden CLOB, -- by whom, if it is hidden
  created BIGINT NOT NULL,
  UNIQUE (repo, number, place)
);

-- What comments said before they were edited.
CREATE TABLE comment_past (
  event CLOB NOT NULL REFERENCES discussion_event (id),
  version BIGINT NOT NULL,
  says CLOB NOT NULL,
  written BIGINT NOT NULL,
  PRIMARY KEY (event, version)
);

CREATE TABLE reaction (
  event CLOB NOT NULL REFERENCES discussion_event (id),
  sign CLOB NOT NULL,
  member CLOB NOT NULL REFERENCES namespace (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (event, sign, member)
);

-- What members are told: of each discussion the last that happened, and why they are told.
CREATE TABLE notice (
  member CLOB NOT NULL REFERENCES namespace (id),
  repo CLOB NOT NULL REFERENCES repo (id),
  number BIGINT NOT NULL,
  reason CLOB NOT NULL, -- mention, author, comment, watch
  event CLOB NOT NULL,
  at BIGINT NOT NULL,
  seen BOOLEAN NOT NULL,
  PRIMARY KEY (member, repo, number)
);
CREATE INDEX notice_event ON notice (member, event);
CREATE INDEX notice_unseen ON notice (member, event) WHERE NOT seen;

-- What members want to be told of, or not: a discussion, or with number 0 all of a repo.
CREATE TABLE watching (
  member CLOB NOT NULL REFERENCES namespace (id),
  repo CLOB NOT NULL REFERENCES repo (id),
  number BIGINT NOT NULL,
  wanted BOOLEAN NOT NULL,
  PRIMARY KEY (repo, number, member)
);

-- Whom a member or a group does not let speak in its repos.
CREATE TABLE blocked (
  namespace CLOB NOT NULL REFERENCES namespace (id),
  member CLOB NOT NULL REFERENCES namespace (id),
  since BIGINT NOT NULL,
  PRIMARY KEY (namespace, member)
);

-- Comments of which somebody told those who run the hub.
CREATE TABLE report (
  event CLOB NOT NULL REFERENCES discussion_event (id),
  member CLOB NOT NULL REFERENCES namespace (id),
  says CLOB NOT NULL,
  at BIGINT NOT NULL,
  settled BIGINT,
  PRIMARY KEY (event, member)
);
CREATE INDEX report_open ON report (at, event) WHERE settled IS NULL;

-- Pictures and films in comments, by ids that nobody guesses; their bytes are in the depot.
CREATE TABLE attachment (
  id CLOB NOT NULL PRIMARY KEY,
  member CLOB NOT NULL REFERENCES namespace (id),
  media CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 CLOB NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX attachment_member ON attachment (member, created);

-- Who likes which works. How many like one is in its row too.
CREATE TABLE liking (
  member CLOB NOT NULL REFERENCES namespace (id),
  repo CLOB NOT NULL REFERENCES repo (id),
  since BIGINT NOT NULL,
  PRIMARY KEY (member, repo)
);
CREATE INDEX liking_repo ON liking (repo, member);

-- Whom members follow: members and groups.
CREATE TABLE following (
  member CLOB NOT NULL REFERENCES namespace (id),
  of_whom CLOB NOT NULL REFERENCES namespace (id),
  since BIGINT NOT NULL,
  PRIMARY KEY (member, of_whom)
);
CREATE INDEX following_of ON following (of_whom, member);

-- Works, papers and other collections that somebody put together. The id stands at the end of its address, and never changes.
CREATE TABLE collection (
  id CLOB NOT NULL PRIMARY KEY, -- 24 hexadecimal digits
  namespace CLOB NOT NULL REFERENCES namespace (id),
  title CLOB NOT NULL,
  slug CLOB NOT NULL,
  description CLOB NOT NULL,
  private BOOLEAN NOT NULL,
  theme CLOB NOT NULL,
  updated BIGINT NOT NULL
);
CREATE INDEX collection_namespace ON collection (namespace, updated, id);
CREATE INDEX collection_updated ON collection (updated, id);

CREATE TABLE collection_item (
  id CLOB NOT NULL PRIMARY KEY,
  collection CLOB NOT NULL REFERENCES collection (id),
  place BIGINT NOT NULL,
  kind CLOB NOT NULL, -- that of a repo, or collection
  target CLOB NOT NULL, -- its id
  note CLOB NOT NULL,
  UNIQUE (collection, kind, target)
);
CREATE INDEX collection_item_target ON collection_item (target, collection);

-- Addresses to which members have what happens told. `disabled` says why nothing is sent.
CREATE TABLE webhook (
  id CLOB NOT NULL PRIMARY KEY,
  member CLOB NOT NULL REFERENCES namespace (id),
  url CLOB NOT NULL,
  secret CLOB NOT NULL,
  domains CLOB NOT NULL, -- with spaces between: repo, discussion
  disabled CLOB NOT NULL,
  failed BIGINT NOT NULL, -- how many in a row were given up
  created BIGINT NOT NULL
);
CREATE INDEX webhook_member ON webhook (member, id);

-- What each is about: a repo, or all repos of a member or a group, by id.
CREATE TABLE webhook_about (
  target CLOB NOT NULL,
  webhook CLOB NOT NULL REFERENCES webhook (id),
  PRIMARY KEY (target, webhook)
);
CREATE INDEX webhook_about_of ON webhook_about (webhook);

-- What is to be told, and what became of it: `due` is when it is tried next, and nothing once it is done or given up.
CREATE TABLE delivery (
  id CLOB NOT NULL PRIMARY KEY,
  webhook CLOB NOT NULL REFERENCES webhook (id),
  repo CLOB NOT NULL,
  payload CLOB NOT NULL,
  tries BIGINT NOT NULL,
  due BIGINT,
  status BIGINT, -- what was answered last
  answer CLOB NOT NULL, -- its beginning, or why there was none
  created BIGINT NOT NULL,
  tried BIGINT
);
CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL;
CREATE INDEX delivery_of ON delivery (webhook, id);
CREATE INDEX delivery_waiting ON delivery (webhook) WHERE due IS NOT NULL;
CREATE INDEX delivery_old ON delivery (created) WHERE due IS NULL;

-- Multipart LFS uploads on their way.
CREATE TABLE upload (
  id CLOB NOT NULL PRIMARY KEY,
  repo CLOB NOT NULL REFERENCES repo (id),
  member CLOB NOT NULL REFERENCES namespace (id),
  sha256 CLOB NOT NULL,
  bytes BIGINT NOT NULL,
  part_bytes BIGINT NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE upload_part (
  upload CLOB NOT NULL REFERENCES upload (id),
  n BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  etag CLOB NOT NULL,
  PRIMARY KEY (upload, n)
);

-- What happened, as it is logged: drafted with the change itself; soon after, what is costly to know is added, and it is numbered and
-- built into the tree. Each subject's entries are a chain.
CREATE TABLE log_entry (
  id CLOB NOT NULL PRIMARY KEY,
  subject CLOB NOT NULL,
  place BIGINT NOT NULL,
  about CLOB NOT NULL, -- the commit, the bundle or what else it is about
  created BIGINT NOT NULL,
  draft CLOB NOT NULL,
  entry CLOB, -- its text, once it is whole
  hash CLOB, -- of that as a leaf, in base64
  idx BIGINT UNIQUE, -- its number in the log, once it has one
  UNIQUE (subject, place)
);
CREATE INDEX log_entry_waiting ON log_entry (created, subject, place) WHERE idx IS NULL;
CREATE INDEX log_entry_about ON log_entry (subject, about);

-- How far the log is: entries that have a number, and those that are in the tree whose files are stored.
CREATE TABLE log_state (
  id BIGINT NOT NULL PRIMARY KEY, -- 1
  origin CLOB NOT NULL,
  numbered BIGINT NOT NULL,
  size BIGINT NOT NULL,
  root CLOB NOT NULL,
  published BIGINT NOT NULL, -- the size of the checkpoint that is shown
  held CLOB NOT NULL -- why it does not go on; empty if it does
);

-- Every checkpoint that was signed. No size can have two.
CREATE TABLE log_signed (
  size BIGINT NOT NULL PRIMARY KEY,
  root CLOB NOT NULL,
  note CLOB NOT NULL,
  cosigned CLOB NOT NULL, -- lines of witnesses
  at BIGINT NOT NULL
);

-- Logs of others that this hub is a witness of, each as it was seen last.
CREATE TABLE log_seen (
  origin CLOB NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  root CLOB NOT NULL,
  note CLOB NOT NULL,
  at BIGINT NOT NULL
);

-- Logs of others that are kept here whole, each as far as its files are in the depot. `name` is the SHA-256 of `origin`.
CREATE TABLE log_mirror (
  origin CLOB NOT NULL PRIMARY KEY,
  name CLOB NOT NULL UNIQUE,
  size BIGINT NOT NULL,
  root CLOB NOT NULL,
  note CLOB NOT NULL,
  at BIGINT NOT NULL
);
