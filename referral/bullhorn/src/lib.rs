//! A client for the Bullhorn REST API.
