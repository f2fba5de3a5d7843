//! Work in pieces, on all threads natively and one after another in a browser.

/// Does `work` on each `length` values, with the piece's number.
#[cfg(not(target_family = "wasm"))]
pub fn each_chunk<T: Send>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
    use rayon::iter::{IndexedParallelIterator, ParallelIterator};
    use rayon::slice::ParallelSliceMut;

    values.par_chunks_mut(length.max(1)).enumerate().for_each(|(index, chunk)| work(index, chunk));
}

/// Does `work` on each `length` values, with the piece's number.
#[cfg(target_family = "wasm")]
pub fn each_chunk<T>(values: &mut [T], length: usize, work: impl Fn(usize, &mut [T])) {
    values.chunks_mut(length.max(1)).enumerate().for_each(|(index, chunk)| work(index, chunk));
}

/// Runs `work` compiled for the widest vectors that this processor has. In a browser the whole module is compiled for the one width there is.
#[inline]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(not(target_family = "wasm"))]
    {
        pulp::Arch::new().dispatch(work)
    }
    #[cfg(target_family = "wasm")]
    {
        work()
    }
}
