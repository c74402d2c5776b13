//! What is known of the lab.
