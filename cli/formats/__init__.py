"""What goes in and out as files, one module a format; pure, knowing neither store nor terminal."""
