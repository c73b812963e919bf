//! The commons: an instance and all in it, held together by one value that every deed is given.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seedcorn_content::git::GitStore;
use seedcorn_content::xet::store::XorbStore;
use seedcorn_content::{Depot, S3Options};
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::log::Hash;
use seedcorn_core::note::VerifierKey;
use seedcorn_core::openness::Policy;
use seedcorn_core::time::Time;
use seedcorn_db::{Db, log, settings};
use tokio::sync::{Notify, Semaphore};

use crate::kept::Kept;
use crate::{Budget, Clock, Refusal, Result, Seal, dice};

/// The setting with the store's generation.
pub(crate) const GENERATION: &str = "store generation";

/// Weights of commits kept in memory: about 150 bytes each.
const WEIGHTS_MAX: u64 = 50_000;

/// What an instance is opened with.
#[derive(Debug)]
pub struct Opening {
    /// Names and facts.
    pub db: Db,
    /// Bytes.
    pub depot: Depot,
    /// A folder on this machine for temporary files and copies; may be lost at any time.
    pub scratch: PathBuf,
    /// The hub's master key: signed addresses and tokens of every replica depend on it.
    pub master_key: [u8; 32],
    /// Tells the time.
    pub clock: Clock,
    /// Bytes of one part of a multipart upload, and of the largest upload that is one PUT.
    pub lfs_part_bytes: u64,
    /// Bytes up to which an LFS upload is one PUT.
    pub lfs_basic_bytes_max: u64,
    /// What is required of the openness of whatever anybody pulls.
    pub pull_policy: Policy,
    /// Whose signed reviews of evidence count.
    pub reviewers: Vec<VerifierKey>,
    /// How the transparency log is kept.
    pub log: crate::log::Settings,
    /// Whether bytes that are dangerous to open are given to those alone who may publish them.
    pub block_dangerous: bool,
    /// Whom one has to trust to know whom Sigstore saw.
    pub sigstore: Arc<crate::signing::Root>,
}

/// Where an instance keeps things.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `sqlite:PATH` or `postgres://…`
    pub database: String,
    /// A folder, or `s3://bucket/prefix`.
    pub depot: String,
    /// How to reach the bucket.
    pub s3: S3Options,
}

impl Opening {
    /// With everything in one folder.
    pub async fn within(folder: &Path, master_key: [u8; 32]) -> Result<Opening> {
        let places = Places {
            database: format!("sqlite:{}", folder.join("seedcorn.sqlite").display()),
            depot: folder.join("depot").display().to_string(),
            ..Places::default()
        };
        Opening::at(&places, folder.join("tmp"), master_key).await
    }

    /// Opens database and depot at their addresses; everything else is as usual and may be changed before the
    /// instance is opened.
    pub async fn at(places: &Places, scratch: PathBuf, master_key: [u8; 32]) -> Result<Opening> {
        let depot = match places.depot.starts_with("s3://") {
            true => Depot::s3(&places.depot, &places.s3)?,
            false => Depot::disk(Path::new(&places.depot))?,
        };
        Ok(Opening {
            db: Db::open(&places.database).await?,
            depot,
            scratch,
            master_key,
            clock: Clock::System,
            lfs_part_bytes: limits::LFS_PART_BYTES,
            lfs_basic_bytes_max: limits::LFS_BASIC_BYTES_MAX,
            pull_policy: Policy::default(),
            reviewers: Vec::new(),
            log: crate::log::Settings::default(),
            block_dangerous: false,
            sigstore: Arc::new(crate::signing::Root::built_in().map_err(Refusal::broken)?),
        })
    }
}

/// A new master key.
pub fn new_master_key() -> Result<[u8; 32]> {
    dice::bytes().map_err(Refusal::broken)
}

/// An open instance.
#[derive(Clone, Debug)]
pub struct Commons {
    /// Names and facts.
    pub(crate) db: Db,
    pub(crate) depot: Depot,
    pub(crate) xorbs: XorbStore,
    pub(crate) shelf: crate::xet::Shelf,
    pub(crate) git: GitStore,
    pub(crate) clock: Clock,
    pub(crate) scratch: PathBuf,
    pub(crate) seals: Seals,
    pub(crate) generation: Arc<str>,
    pub(crate) lfs_part_bytes: u64,
    pub(crate) lfs_basic_bytes_max: u64,
    pub(crate) pull_policy: Policy,
    pub(crate) reviewers: Arc<[VerifierKey]>,
    pub(crate) block_dangerous: bool,
    pub(crate) sigstore: Arc<crate::signing::Root>,
    pub(crate) meter: Arc<crate::usage::Meter>,
    pub(crate) credit: crate::credit::Last,
    pub(crate) credit_tables: crate::credit::Drawn,
    pub(crate) log: Arc<crate::log::Keeper>,
    /// Books of rounds whose seals were checked.
    pub(crate) books: moka::sync::Cache<String, Arc<seedcorn_core::fund::ledger::Book>>,
    /// What rounds come to as they stand, by what names that and a stretch of time.
    pub(crate) estimates: moka::sync::Cache<(String, i64), crate::rounds::Outcome>,
    /// When this process looked after the hub last, and what it did.
    upkeep: Arc<Mutex<Option<(Time, crate::upkeep::Done)>>>,
    crowded: Arc<Mutex<HashSet<RepoId>>>,
    /// Told when a job is asked for.
    pub(crate) work: Arc<Notify>,
    /// Told when something is to be sent to others.
    pub(crate) sending: Arc<Notify>,
    /// How often this process changed what works there are, or who may see them.
    epoch: Arc<AtomicU64>,
    pub(crate) branches: crate::publish::BranchLocks,
    pub(crate) shards: crate::xet::Turns,
    /// For regular files on their way out: each is inflated as a whole.
    pub(crate) blobs: Budget,
    /// How often tags are used.
    pub(crate) counts: Arc<crate::counts::Counts>,
    /// Where the pages of the sitemap begin.
    pub(crate) sitemap: crate::finding::Parts,
    /// For headers and tables while they are read for pages.
    pub(crate) previews: Budget,
    /// For answers that tell headers of many files, until they are sent.
    pub(crate) answers: Budget,
    /// How many wrong passwords were given for a name, in lower case.
    pub(crate) wrong_passwords: moka::sync::Cache<String, u32>,
    /// How works are cited at their commits: it never changes.
    pub(crate) citations: Kept<(RepoId, Oid), crate::citation::Says>,
    /// How large models are, by their trees.
    pub(crate) sizes: Kept<(RepoId, Oid), crate::model_size::Says>,
    /// What files say of themselves.
    pub(crate) looks: Kept<crate::preview::Key, crate::preview::Preview>,
    /// What files of releases were read as.
    pub(crate) readings: Kept<crate::grade::Key, crate::grade::Kept>,
    /// The classes of commits, for answers that must not wait; `None` for those that are not graded yet.
    pub(crate) briefs: moka::sync::Cache<(RepoId, Oid), Option<crate::grade::Brief>>,
    /// Turns at reading releases.
    pub(crate) grading: Arc<Semaphore>,
    /// How merges would go that were tried.
    pub(crate) trials: moka::sync::Cache<crate::discuss::Trial, crate::discuss::Conflicts>,
    /// Turns at trying.
    pub(crate) trying: Arc<Semaphore>,
    /// What commits weigh: it never changes.
    pub(crate) weights: moka::sync::Cache<(RepoId, Oid), crate::changes::Weight>,
}

/// A seal for each door.
#[derive(Clone, Debug)]
pub(crate) struct Seals {
    pub(crate) xet: Seal,
    pub(crate) fetch: Seal,
    pub(crate) lfs: Seal,
    pub(crate) dedup: Seal,
    pub(crate) raw: Seal,
    /// Its key is part of every password's hash.
    pub(crate) password: Seal,
    /// Its key is part of what tells visitors apart.
    pub(crate) usage: Seal,
}

impl Commons {
    /// A number that grows when this process changes what works there are, or who may see them. What was made of lists under
    /// another number is out of date; what other processes change is not told by it.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// To be called behind the transaction that changed it: before, somebody could keep what was so until then.
    pub(crate) fn changed(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Opens an instance; the store's generation is made when there is none.
    pub async fn open(opening: Opening) -> Result<Commons> {
        std::fs::create_dir_all(&opening.scratch)?;
        let mut tx = opening.db.write().await?;
        let generation = fresh_generation()?;
        let generation = settings::put_if_absent(&mut tx, GENERATION, &generation).await?;
        let origin = opening.log.origin.clone().unwrap_or_else(|| format!("seedcorn/{generation}/log/1"));
        log::begin(&mut tx, &origin, &Hash::empty().to_string()).await?;
        let origin = log::state(&mut tx).await?.map_or(origin, |state| state.origin);
        tx.commit().await?;
        let seal = |purpose| Seal::new(&opening.master_key, purpose);
        Ok(Commons {
            xorbs: XorbStore::new(opening.depot.clone(), dice::id),
            git: GitStore::new(opening.depot.clone(), dice::id, opening.scratch.join("packs")),
            shelf: crate::xet::Shelf::new(opening.db.clone()),
            db: opening.db,
            depot: opening.depot,
            clock: opening.clock,
            scratch: opening.scratch,
            seals: Seals {
                xet: seal("xet token"),
                fetch: seal("xorb fetch"),
                lfs: seal("lfs transfer"),
                dedup: seal("dedup answer"),
                raw: seal("raw file"),
                password: seal("password"),
                usage: seal("usage"),
            },
            generation: generation.into(),
            counts: Arc::default(),
            sitemap: crate::finding::Parts::default(),
            lfs_part_bytes: opening.lfs_part_bytes,
            lfs_basic_bytes_max: opening.lfs_basic_bytes_max,
            pull_policy: opening.pull_policy,
            reviewers: opening.reviewers.into(),
            block_dangerous: opening.block_dangerous,
            sigstore: opening.sigstore,
            meter: Arc::default(),
            credit: crate::credit::Last::default(),
            credit_tables: crate::credit::Drawn::default(),
            log: crate::log::Keeper::new(&origin, (seal("log").key(), seal("witness").key()), opening.log)
                .map_err(Refusal::broken)?,
            books: moka::sync::Cache::new(limits::ROUND_ESTIMATES_KEPT),
            estimates: moka::sync::Cache::new(limits::ROUND_ESTIMATES_KEPT),
            upkeep: Arc::default(),
            crowded: Arc::default(),
            work: Arc::default(),
            sending: Arc::default(),
            epoch: Arc::default(),
            branches: crate::publish::BranchLocks::default(),
            shards: crate::xet::Turns::default(),
            wrong_passwords: moka::sync::Cache::builder()
                .max_capacity(100_000)
                .time_to_live(Duration::from_secs(limits::WRONG_PASSWORDS_SECS))
                .build(),
            citations: Kept::new(limits::KEPT_BYTES_MAX),
            sizes: Kept::new(limits::KEPT_BYTES_MAX),
            looks: Kept::new(limits::KEPT_BYTES_MAX),
            weights: moka::sync::Cache::new(WEIGHTS_MAX),
            readings: Kept::new(limits::KEPT_BYTES_MAX),
            briefs: moka::sync::Cache::builder()
                .max_capacity(limits::OPENNESS_BRIEFS_MAX)
                .time_to_live(Duration::from_secs(limits::OPENNESS_BRIEF_SECS))
                .build(),
            grading: Arc::new(Semaphore::new(limits::GRADED_AT_ONCE)),
            trials: moka::sync::Cache::builder()
                .weigher(|_, of: &crate::discuss::Conflicts| of.weight())
                .max_capacity(limits::MERGES_KEPT_BYTES_MAX)
                .time_to_live(Duration::from_secs(limits::MERGES_KEPT_SECS))
                .build(),
            trying: Arc::new(Semaphore::new(limits::MERGES_TRIED_AT_ONCE)),
            blobs: Budget::new(limits::BLOBS_BYTES_MAX, Duration::from_secs(limits::BUSY_SECS)),
            // Half the time of a preview, so that there is some left to read in.
            previews: Budget::new(limits::PREVIEWS_BYTES_MAX, Duration::from_secs(limits::PREVIEW_SECS / 2)),
            answers: Budget::new(
                2 * limits::TENSORS_ANSWER_BYTES_MAX,
                Duration::from_secs(limits::BUSY_SECS),
            ),
        })
    }

    /// The database, for deeds of operators.
    pub fn database(&self) -> &Db {
        &self.db
    }

    /// Now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The generation of the store. It is part of the Xet address, so that a new one voids every client's cache.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// Whether database and depot answer.
    pub async fn ready(&self) -> Result<()> {
        settings::find(&mut self.db.read().await?, GENERATION).await?;
        self.depot.ping().await?;
        Ok(())
    }

    /// When this process looked after the hub last, and what it did; none since it started.
    pub fn last_upkeep(&self) -> Option<(Time, crate::upkeep::Done)> {
        *self.upkeep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_upkeep(&self, done: crate::upkeep::Done) {
        *self.upkeep.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.now(), done));
    }

    /// Notes that a repo has more packs than is good for its readers; upkeep will merge them.
    pub(crate) fn note_crowded(&self, repo: &RepoId) {
        self.crowded.lock().unwrap_or_else(PoisonError::into_inner).insert(repo.clone());
    }

    /// The repos noted as crowded since the last call.
    pub(crate) fn take_crowded(&self) -> HashSet<RepoId> {
        std::mem::take(&mut *self.crowded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes down what is pending and closes the database.
    pub async fn close(&self) -> Result<()> {
        self.flush_usage().await?;
        self.db.close().await;
        Ok(())
    }
}

/// A generation that no store had before.
pub(crate) fn fresh_generation() -> Result<String> {
    let bytes = dice::bytes().map_err(Refusal::broken)?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}
