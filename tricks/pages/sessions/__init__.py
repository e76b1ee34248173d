"""What keeps many visitors apart, and the server quick for all."""
