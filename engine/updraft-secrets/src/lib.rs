//! Connections and variables: encryption, lookup order and masking.
