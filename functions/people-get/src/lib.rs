//! people-get
