# The page Decay as a script of Streamlit.

import matplotlib.pyplot as plt
import numpy as np
import streamlit as st

st.title("Radioactive decay")
half_life = st.slider("Half-life in s", 1, 50, 10)
activity = st.slider("Activity in Bq", 1, 1000, 500)

t = np.linspace(0, 100, 400)
figure, axes = plt.subplots()
axes.plot(t, activity * 0.5 ** (t / half_life))
axes.set(xlabel="time in s", ylabel="activity in Bq")
st.pyplot(figure)
