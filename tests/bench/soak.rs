pub(crate) fn soak() {}
