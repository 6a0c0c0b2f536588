//! people-get-by-email
