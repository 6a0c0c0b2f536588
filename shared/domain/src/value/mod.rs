//! Field types: what each accepts (contract 4), what is kept, and how GET prints it (contract 10).
