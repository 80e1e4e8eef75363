"""The intent language: from text to a lowered program that every check reads, without any solver."""
