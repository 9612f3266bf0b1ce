// Stands in for Google's tag: it sets the cookies that the real one would.
document.cookie = "_ga=GA1.1.1.1;path=/;max-age=15724800";
document.cookie = "_ga_SHOP=GS1.1;path=/;max-age=15724800";
document.documentElement.dataset.google = "ran";
