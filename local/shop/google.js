// Stands in for Google's tag: it sets the cookies that the real one would.
document.cookie = "_ga=GA1.1.1.1;path=/;max-age=63072000";
document.cookie = "_ga_SHOP=GS1.1;path=/;max-age=63072000";
document.documentElement.dataset.google = "ran";
