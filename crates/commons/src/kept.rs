//! What was read of content that never changes, kept so that it is not read again: the last things that were asked for,
//! up to so many bytes.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

/// What is counted for an entry besides its own bytes: its key and its place.
const ENTRY_BYTES: usize = 500;

/// A value that knows about how many bytes of memory it takes.
pub trait Weighed: Send + Sync + 'static {
    /// So many.
    fn bytes(&self) -> usize;
}

impl Weighed for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

/// Values by what they were read of.
pub struct Kept<K, V>(moka::sync::Cache<K, Arc<V>>);

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl<K, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Kept(self.0.clone())
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Weighed> Kept<K, V> {
    /// An empty one, which holds so many bytes.
    pub fn new(bytes_max: u64) -> Self {
        let weigh = |_: &K, value: &Arc<V>| u32::try_from(ENTRY_BYTES + value.bytes()).unwrap_or(u32::MAX);
        Kept(moka::sync::Cache::builder().weigher(weigh).max_capacity(bytes_max).build())
    }

    /// The value, if it is here.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key)
    }

    /// Keeps a value.
    pub fn put(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        self.0.insert(key, value.clone());
        value
    }
}
