//! Pictures to paint over: they read like photographs, with structure at every scale.

pub mod fruit;
pub mod lake;
pub mod pines;
pub mod street;
