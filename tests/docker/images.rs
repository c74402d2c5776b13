//! Which dev image, against the real engine: a registry with the shapes of real repositories, and images that were
//! built, squashed, flattened and relabelled from the fixtures' pair.

#[path = "images/derived.rs"]
mod derived;
#[path = "images/shapes.rs"]
mod shapes;
#[path = "images/stub.rs"]
mod stub;
