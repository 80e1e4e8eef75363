"""Tests of certificates and of their stand-alone checker."""
