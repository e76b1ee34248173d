"""What visitors see: the only place besides `streamlit_app.py` that imports Streamlit."""
