document.documentElement.dataset.late = "ran";
