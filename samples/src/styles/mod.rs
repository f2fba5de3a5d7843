//! Pictures to paint like: one strong palette and one texture each, all over.

pub mod dots;
pub mod glass;
pub mod impasto;
pub mod ink;
pub mod linocut;
pub mod marble;
pub mod shards;
pub mod waves;
