extern "C" int not_an_app(void) { return 0; }
