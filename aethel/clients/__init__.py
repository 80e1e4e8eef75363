"""Clients: who may ask this mesh, with which credentials and roles, and how much."""
