"""The two programs: `sanchat`, for everybody, and `sanchat-admin`, for who may write the file."""
